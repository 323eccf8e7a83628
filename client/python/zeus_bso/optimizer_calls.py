"""The calls of BatchSizeOptimizer.

Each function is a method of Client and, with await, of AsyncClient, and its docstring
is the method's. All are safe to repeat, but for delete_job.
"""

import os
import socket
import uuid
import warnings
from typing import Iterable

from zeus_bso import convert
from zeus_bso.call import Call, Page, trial_key
from zeus_bso.errors import UnreadableJobsWarning
from zeus_bso.explanation import Explanation
from zeus_bso.retry import NOTHING_CHANGED
from zeus_bso.types import (
    EpochProfile,
    Job,
    JobSpec,
    Registration,
    Trial,
    TrialFailure,
    Verdict,
)
from zeus_bso.v1 import batch_size_optimizer_pb2 as api
from zeus_bso.v1 import explanation_pb2 as explanation_api
from zeus_bso.v1.batch_size_optimizer_pb2_grpc import BatchSizeOptimizerStub


def register_job(spec: JobSpec, *, warm_start: str = "") -> Call[Registration]:
    """Registers a job, or finds that it is registered already with the same spec.

    A spec without a policy matches whichever the registered job has.

    Args:
        spec: The job.
        warm_start: Job ID of another job, whose knowledge a new job of Policy.CURVES
            starts with: the epochs that the sizes of both jobs need, unless the target
            differs, and what epochs cost, weighed anew where eta_knob or max_power
            differ. On other GPUs the costs give only their shape. Not looked at where
            the job is registered already. Servers older than warm starts ignore it:
            job.warm_start is empty in their answer. Empty: the job starts with nothing.

    Raises:
        JobExistsError: The job_id is taken by another specification.
        JobNotFoundError: There is no job warm_start.
        WarmStartEmptyError: The job warm_start follows Policy.ZEUS, and has no trials to
            learn from.
        TooManyJobsError: The server takes no more.
        InvalidFieldError: Fields are out of their bounds, or a job of Policy.ZEUS has a
            warm_start.
        TypeError, ValueError: A field is of the wrong type.
    """
    request = api.RegisterJobRequest(
        spec=convert.spec_to_proto(spec),
        request_id=str(uuid.uuid4()),
        warm_start=warm_start,
    )
    return Call(
        BatchSizeOptimizerStub,
        "RegisterJob",
        request,
        lambda response: Registration(
            convert.job_from_proto(response.job), response.created
        ),
    )


def profile_job(job_id: str, profiles: Iterable[EpochProfile]) -> Call[Job]:
    """Teaches a job of Policy.CURVES what epochs cost that were timed without a training.

    Sizes that are timed already do not change.

    Args:
        job_id: The job.
        profiles: 1 to 256 of them, of distinct batch sizes.

    Raises:
        JobNotFoundError
        BatchSizeNotInJobError: A size is not one of the job's.
        PolicyMismatchError: The job follows Policy.ZEUS.
        InvalidFieldError: Fields are out of their bounds, or time and energy make no cost.
    """
    request = api.ProfileJobRequest(
        job_id=job_id, profiles=map(convert.profile_to_proto, profiles)
    )
    return Call(
        BatchSizeOptimizerStub,
        "ProfileJob",
        request,
        lambda response: convert.job_from_proto(response.job),
    )


def explain_job(job_id: str) -> Call[Explanation]:
    """What the job's policy believes of each batch size, and why it chooses as it does.

    Changes nothing, and draws nothing from the job's generator.

    Raises:
        JobNotFoundError
    """
    return Call(
        BatchSizeOptimizerStub,
        "ExplainJob",
        explanation_api.ExplainJobRequest(job_id=job_id),
        convert.explanation_from_proto,
    )


def start_trial(job_id: str, client_id: str | None) -> Call[Trial]:
    """As Client.start_trial; client_id as for Client."""
    request = api.StartTrialRequest(
        job_id=job_id,
        request_id=str(uuid.uuid4()),
        client_id=client_id or _new_client_id(),
    )
    return Call(BatchSizeOptimizerStub, "StartTrial", request, _trial)


def report_result(
    trial: Trial,
    *,
    metric: float,
    epoch: int,
    time_seconds: float,
    energy_joules: float,
) -> Call[Verdict]:
    """Reports on a running trial, usually after each epoch.

    Args:
        trial: As answered by start_trial.
        metric: After the last epoch, in the unit of JobSpec.target_metric. Any number;
            NaN: the target is not reached.
        epoch: How many epochs the run has done.
        time_seconds: Of the run so far.
        energy_joules: Of the run so far.

    Raises:
        JobNotFoundError, TrialNotFoundError
        TrialFailedError: It ended as failed, such as by its trial_timeout.
    """
    # All four have presence, so zeros travel, too: the server refuses some reports that
    # leave them out.
    request = api.ReportResultRequest(
        **trial_key(trial),
        metric=float(metric),
        current_epoch=epoch,
        time_seconds=float(time_seconds),
        energy_joules=float(energy_joules),
    )
    return Call(
        BatchSizeOptimizerStub, "ReportResult", request, convert.verdict_from_proto
    )


def heartbeat(trial: Trial) -> Call[Trial]:
    """Says that a trial is alive. Unless its status is DISPATCHED, stop training.

    Raises:
        JobNotFoundError, TrialNotFoundError
    """
    request = api.HeartbeatRequest(**trial_key(trial))
    return Call(BatchSizeOptimizerStub, "Heartbeat", request, _trial)


def end_trial(trial: Trial, failure: TrialFailure = TrialFailure.FAILED) -> Call[Trial]:
    """Ends a trial without a result; one that has ended stays as it is.

    Args:
        trial: As answered by start_trial.
        failure: FAILED, INFEASIBLE, CANCELLED or NOT_CONVERGED. An older server, which
            does not know NOT_CONVERGED, is sent FAILED instead.

    Raises:
        JobNotFoundError, TrialNotFoundError
    """

    def request(sent: TrialFailure) -> api.EndTrialRequest:
        return api.EndTrialRequest(
            **trial_key(trial), failure=convert.enum_to_proto(sent)
        )

    is_newer = failure is TrialFailure.NOT_CONVERGED
    return Call(
        BatchSizeOptimizerStub,
        "EndTrial",
        request(failure),
        _trial,
        older_request=request(TrialFailure.FAILED) if is_newer else None,
    )


def delete_job(job_id: str) -> Call[None]:
    """Deletes a job with its trials and arms.

    Raises:
        JobNotFoundError: There is none.
    """
    request = api.DeleteJobRequest(job_id=job_id)
    return Call(
        BatchSizeOptimizerStub,
        "DeleteJob",
        request,
        lambda response: None,
        retried=NOTHING_CHANGED,
    )


def list_jobs(prefix: str = "", *, page_size: int = 0) -> Call[Page[Job]]:
    """All jobs whose job_id begins with prefix, by job_id (bytewise), with summaries.

    Args:
        prefix: Empty: all jobs.
        page_size: How many a call fetches, at most 1000. 0: 100.

    Warns:
        UnreadableJobsWarning: The store is damaged, and some jobs are left out.
    """
    request = api.ListJobsRequest(job_id_prefix=prefix, page_size=page_size)
    return Call(BatchSizeOptimizerStub, "ListJobs", request, _page_of_jobs)


def _page_of_jobs(response: api.ListJobsResponse) -> Page[Job]:
    for range_ in response.unreadable_jobs:
        warnings.warn(
            f"the store is damaged: jobs between {range_.after!r} and "
            f"{range_.before!r} cannot be read",
            UnreadableJobsWarning,
            stacklevel=2,
        )
    jobs = [convert.job_from_proto(each) for each in response.jobs]
    return Page(jobs, response.next_page_token)


def list_trials(
    job_id: str, *, batch_size: int | None = None, page_size: int = 0
) -> Call[Page[Trial]]:
    """The trials of a job, by trial_number.

    Args:
        job_id: The job.
        batch_size: Only those of this size. None: all.
        page_size: As in list_jobs.

    Raises:
        JobNotFoundError: There is no such job, or not any more.
    """
    request = api.ListTrialsRequest(
        job_id=job_id, batch_size=batch_size, page_size=page_size
    )
    return Call(
        BatchSizeOptimizerStub,
        "ListTrials",
        request,
        lambda response: Page(
            [convert.trial_from_proto(each) for each in response.trials],
            response.next_page_token,
        ),
    )


def _trial(
    response: api.StartTrialResponse | api.HeartbeatResponse | api.EndTrialResponse,
) -> Trial:
    return convert.trial_from_proto(response.trial)


def _new_client_id() -> str:
    return f"{socket.gethostname()[:200]}-{os.getpid()}-{uuid.uuid4().hex[:8]}"

"""The calls of BatchSizeOptimizer about jobs, and its lists.

trial_calls has those of a training about its trial, correction_calls those that correct a
job. Each function is a method of Client and, with await, of AsyncClient, and its docstring
is the method's. All except delete_job are safe to repeat.
"""

import uuid
import warnings
from typing import Any, Iterable, Mapping

from zeus_bso import convert, convert_explanation
from zeus_bso.call import Call, Page
from zeus_bso.errors import UnreadableJobsWarning
from zeus_bso.explanation import Explanation
from zeus_bso.retry import NOTHING_CHANGED
from zeus_bso.types import (
    EpochProfile,
    IfExists,
    Job,
    JobSpec,
    Registration,
    Trial,
)
from zeus_bso.v1 import batch_size_optimizer_pb2 as api
from zeus_bso.v1 import explanation_pb2 as explanation_api
from zeus_bso.v1.batch_size_optimizer_pb2_grpc import BatchSizeOptimizerStub


# "fail" is what the server does by itself.
_IF_EXISTS: Mapping[str, Any] = {
    "fail": api.IF_EXISTS_UNSPECIFIED,
    "keep": api.IF_EXISTS_KEEP,
    "update": api.IF_EXISTS_UPDATE,
}


def register_job(
    spec: JobSpec, *, warm_start: str = "", if_exists: IfExists = "fail"
) -> Call[Registration]:
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
        if_exists: What to do if the job_id has another specification. "fail": raise
            JobExistsError. "keep": leave the job unchanged; the answer's
            differing_fields names the fields that differ. "update": change the fields
            that differ, as update_job does; the answer has the changes. Older servers
            ignore it, and fail.

    Raises:
        JobExistsError: The job_id is taken by another specification.
        FieldFixedError: With "update", some of the fields that differ cannot change.
        JobNotFoundError: There is no job warm_start.
        WarmStartEmptyError: The job warm_start follows Policy.ZEUS, and has no trials to
            learn from.
        TooManyJobsError: The server takes no more.
        InvalidFieldError: Fields are out of their bounds, or a job of Policy.ZEUS has a
            warm_start.
        TypeError, ValueError: A field is of the wrong type, or if_exists is none of the
            three.
    """
    if if_exists not in _IF_EXISTS:
        choices = ", ".join(map(repr, _IF_EXISTS))
        raise ValueError(f"if_exists must be one of {choices}, not {if_exists!r}")
    request = api.RegisterJobRequest(
        spec=convert.spec_to_proto(spec),
        request_id=str(uuid.uuid4()),
        warm_start=warm_start,
        if_exists=_IF_EXISTS[if_exists],
    )
    return Call(BatchSizeOptimizerStub, "RegisterJob", request, _registration)


def _registration(response: api.RegisterJobResponse) -> Registration:
    return Registration(
        convert.job_from_proto(response.job),
        response.created,
        tuple(response.differing_fields),
        tuple(map(convert.change_from_proto, response.changes)),
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
        convert_explanation.explanation_from_proto,
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
    """The trials of a job that the server keeps, by trial_number: see Job.history.

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

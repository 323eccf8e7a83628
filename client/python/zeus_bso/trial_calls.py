"""The calls of BatchSizeOptimizer that a training makes about its trial.

Each function is a method of Client and, with await, of AsyncClient, and its docstring
is the method's. All are safe to repeat.
"""

import os
import socket
import uuid
from datetime import timedelta
from typing import Any

from zeus_bso import convert
from zeus_bso.call import Call, registered_trial_key
from zeus_bso.types import ReportBase, StartedTrial, Trial, TrialFailure, Verdict
from zeus_bso.v1 import batch_size_optimizer_pb2 as api
from zeus_bso.v1.batch_size_optimizer_pb2_grpc import BatchSizeOptimizerStub


def start_or_resume(job_id: str, client_id: str | None) -> Call[StartedTrial]:
    """As Client.start_or_resume; client_id as for Client."""
    request = api.StartTrialRequest(
        job_id=job_id,
        request_id=str(uuid.uuid4()),
        client_id=client_id or _new_client_id(),
    )
    return Call(
        BatchSizeOptimizerStub, "StartTrial", request, convert.started_from_proto
    )


def report_result(
    trial: Trial,
    *,
    metric: float,
    epoch: int,
    time_seconds: float,
    energy_joules: float,
    base: ReportBase | None = None,
) -> Call[Verdict]:
    """Reports on a running trial, usually after each epoch.

    Args:
        trial: As answered by start_trial.
        metric: After the last epoch, in the unit of JobSpec.target_metric. Any number;
            NaN: the target is not reached.
        epoch: How many epochs the run has done.
        time_seconds: Of the run so far.
        energy_joules: Of the run so far.
        base: What the trial had done before its training was started again, which the
            server adds to the last three. A training that resumes a trial states the
            same base in all of its reports; older servers ignore it. None: nothing.

    Raises:
        JobNotFoundError: There is no such job, or it was deleted and registered again
            since the trial started.
        TrialNotFoundError
        TrialFailedError: It ended as failed, such as by its trial_timeout.
        InvalidFieldError: Such as for a later epoch with less time or energy than an
            earlier one.
    """
    # All four have presence, so zeros travel, too: the server refuses some reports that
    # leave them out.
    request = api.ReportResultRequest(
        **registered_trial_key(trial),
        metric=float(metric),
        current_epoch=epoch,
        time_seconds=float(time_seconds),
        energy_joules=float(energy_joules),
        base=None if base is None else convert.base_to_proto(base),
    )
    return report_of(request)


def report_of(request: Any) -> Call[Verdict]:
    """The same, of the message ReportResultRequest."""
    return Call(
        BatchSizeOptimizerStub, "ReportResult", request, convert.verdict_from_proto
    )


def heartbeat(trial: Trial, *, interval: float | None = None) -> Call[Trial]:
    """Says that a trial is alive. Unless its status is DISPATCHED, stop training.

    Args:
        trial: As answered by start_trial.
        interval: How often heartbeats will come, in seconds, in [0.001, 3650 days].
            From now on the trial times out after 4 intervals without a heartbeat or a
            report, or after a minute if that is longer, but not later than its
            trial_timeout. Older servers ignore it. None: as before.

    Raises:
        JobNotFoundError: As report_result.
        TrialNotFoundError
    """
    request = api.HeartbeatRequest(**registered_trial_key(trial))
    if interval is not None:
        request.interval.FromTimedelta(timedelta(seconds=interval))
    return Call(BatchSizeOptimizerStub, "Heartbeat", request, _trial)


def end_trial(trial: Trial, failure: TrialFailure = TrialFailure.FAILED) -> Call[Trial]:
    """Ends a trial without a result; one that has ended stays as it is.

    Args:
        trial: As answered by start_trial.
        failure: FAILED, INFEASIBLE, CANCELLED or NOT_CONVERGED. An older server, which
            does not know NOT_CONVERGED, is sent FAILED instead.

    Raises:
        JobNotFoundError: As report_result.
        TrialNotFoundError
    """

    def request(sent: TrialFailure) -> api.EndTrialRequest:
        return api.EndTrialRequest(
            **registered_trial_key(trial), failure=convert.enum_to_proto(sent)
        )

    is_newer = failure is TrialFailure.NOT_CONVERGED
    return Call(
        BatchSizeOptimizerStub,
        "EndTrial",
        request(failure),
        _trial,
        older_request=request(TrialFailure.FAILED) if is_newer else None,
    )


def _trial(response: api.HeartbeatResponse | api.EndTrialResponse) -> Trial:
    return convert.trial_from_proto(response.trial)


def _new_client_id() -> str:
    return f"{socket.gethostname()[:200]}-{os.getpid()}-{uuid.uuid4().hex[:8]}"

"""The calls of BatchSizeOptimizer that correct a job.

Each function is a method of Client and, with await, of AsyncClient, and its docstring
is the method's. All are safe to repeat: a repeated call changes nothing more. So it may
answer that nothing had to change, although its first attempt made the change.

Older servers do not know these calls: the methods raise a ZeusBsoError with the code
UNIMPLEMENTED.
"""

from typing import Any

from zeus_bso import convert
from zeus_bso.call import Call
from zeus_bso.types import BatchSizeReset, JobUpdate, Trial, TrialVoiding
from zeus_bso.v1 import batch_size_optimizer_pb2 as api
from zeus_bso.v1 import resources_pb2 as resources
from zeus_bso.v1.batch_size_optimizer_pb2_grpc import BatchSizeOptimizerStub


def update_job(job_id: str, *, dry_run: bool = False, **fields: Any) -> Call[JobUpdate]:
    """Changes fields of a job's specification, all of them or none.

        client.update_job("job", beta_knob=3.0, batch_sizes=[8, 16, 32])

    Any job can change trial_timeout, max_failures_per_batch_size, beta_knob,
    disable_early_stop, max_epochs, default_batch_size and gpu_model, and its policy from
    Policy.ZEUS to Policy.CURVES. Jobs of Policy.CURVES, and those that become one by the
    same call, can also change batch_sizes, max_power, eta_knob, number_of_gpus,
    target_metric and higher_is_better_metric.

    Args:
        job_id: The job.
        dry_run: Answer what the call would change, and change nothing.
        fields: Fields of JobSpec by name, with their new values. None: the field's
            default. For beta_knob that is 2.0: to stop no trial for its cost, pass
            disable_early_stop=True. Either of these two resets the other.

    Raises:
        JobNotFoundError
        InvalidFieldError: A field is out of its bounds, the default_batch_size would not
            be one of batch_sizes, or no field is given.
        FieldFixedError: Some of the fields cannot change; metadata["fields"] names them.
        TypeError, ValueError: JobSpec has no such field, or a value is of the wrong type.
    """
    _check_names(fields)
    # Each of these two excludes the other.
    if fields.get("disable_early_stop"):
        fields.setdefault("beta_knob", None)
    elif "beta_knob" in fields:
        fields.setdefault("disable_early_stop", None)
    request = api.UpdateJobRequest(
        spec=convert.spec_fields_to_proto({"job_id": job_id, **fields}),
        dry_run=dry_run,
    )
    request.update_mask.paths.extend(fields)
    return Call(BatchSizeOptimizerStub, "UpdateJob", request, _update_from_proto)


def void_trial(
    trial: Trial | tuple[str, int, int], reason: str, *, dry_run: bool = False
) -> Call[TrialVoiding]:
    """Makes a trial void: it stays in the history, and does not count any more.

    Least costs and arms are computed again from the trials that count. A job of
    Policy.CURVES learns anew from them in the background: see Job.is_learning_anew. A
    trial that is void already does not change.

    Args:
        trial: The trial, or its job_id, batch_size and trial_number.
        reason: Why, for people who read the history later: 1 to 1,024 bytes of UTF-8.
        dry_run: Answer what the call would change, and change nothing.

    Raises:
        JobNotFoundError, TrialNotFoundError
        TrialRunningError: The trial has not ended; end_trial ends it.
        InvalidFieldError: The reason is empty or too long.
    """
    if isinstance(trial, Trial):
        trial = (trial.job_id, trial.batch_size, trial.trial_number)
    job_id, batch_size, trial_number = trial
    request = api.VoidTrialRequest(
        job_id=job_id,
        batch_size=batch_size,
        trial_number=trial_number,
        reason=reason,
        dry_run=dry_run,
    )
    return Call(
        BatchSizeOptimizerStub,
        "VoidTrial",
        request,
        lambda response: TrialVoiding(
            convert.trial_from_proto(response.trial),
            convert.job_from_proto(response.job),
        ),
    )


def reset_batch_size(
    job_id: str, batch_size: int, *, dry_run: bool = False
) -> Call[BatchSizeReset]:
    """Forgets that trials at a batch size failed, so that the size is tried again.

    If trials ran out of memory there, they had ruled out all greater sizes as well, which
    are then tried again, too.

    Args:
        job_id: The job.
        batch_size: One of the job's sizes.
        dry_run: Answer what the call would change, and change nothing.

    Raises:
        JobNotFoundError
        BatchSizeNotInJobError: The size is not one of the job's.
    """
    request = api.ResetBatchSizeRequest(
        job_id=job_id, batch_size=batch_size, dry_run=dry_run
    )
    return Call(
        BatchSizeOptimizerStub,
        "ResetBatchSize",
        request,
        lambda response: BatchSizeReset(
            convert.job_from_proto(response.job), tuple(response.batch_sizes)
        ),
    )


def _check_names(fields: dict[str, Any]) -> None:
    for name in fields:
        if name not in resources.JobSpec.DESCRIPTOR.fields_by_name:
            raise TypeError(f"JobSpec has no field {name!r}")


def _update_from_proto(response: api.UpdateJobResponse) -> JobUpdate:
    return JobUpdate(
        convert.job_from_proto(response.job),
        tuple(map(convert.change_from_proto, response.changes)),
    )

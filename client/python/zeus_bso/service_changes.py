"""The calls of ZeusService that change a job or draw from its generator.

Each function is a method of Client and Session and, with await, of AsyncClient and
AsyncSession (delete_job of sessions only), and its docstring is the method's. A second
time they would fail, draw again or undo what others did since: but for
update_job_stage they are repeated only when nothing was changed.
"""

from typing import Any, Sequence

from zeus_bso import convert
from zeus_bso.call import Call, trial_key
from zeus_bso.retry import NOTHING_CHANGED
from zeus_bso.types import (
    Arm,
    Job,
    JobSpec,
    Stage,
    Trial,
    TrialFailure,
    TrialStatus,
    TrialType,
)
from zeus_bso.v1 import batch_size_optimizer_pb2 as optimizer_api
from zeus_bso.v1 import zeus_service_pb2 as api
from zeus_bso.v1.zeus_service_pb2_grpc import ZeusServiceStub


def create_job(spec: JobSpec) -> Call[Job]:
    """Creates a job without trials. spec.job_id is needed.

    Without spec.policy it follows Policy.ZEUS, in the stage PRUNING.

    Raises:
        JobExistsError: The job_id is taken, by whatever specification.
        TooManyJobsError: The server takes no more.
    """
    return Call(
        ZeusServiceStub,
        "CreateJob",
        api.CreateJobRequest(spec=convert.spec_to_proto(spec)),
        lambda response: convert.job_from_proto(response.job),
        retried=NOTHING_CHANGED,
    )


def create_trial(job_id: str, batch_size: int, trial_type: TrialType) -> Call[Trial]:
    """Starts a trial of this size.

    In a job of Policy.ZEUS it has this type, whatever the job's stage. In one of
    Policy.CURVES its type follows from what the policy knows.

    Raises:
        JobNotFoundError, TooManyRunningTrialsError
        BatchSizeNotInJobError: The size is not one of the job's.
        PolicyMismatchError: The type belongs to Policy.CURVES, and the job follows
            Policy.ZEUS.
    """
    request = api.CreateTrialRequest(
        job_id=job_id, batch_size=batch_size, type=convert.enum_to_proto(trial_type)
    )
    return Call(
        ZeusServiceStub,
        "CreateTrial",
        request,
        lambda response: convert.trial_from_proto(response.trial),
        retried=NOTHING_CHANGED,
    )


def create_arms(job_id: str, arms: Sequence[Arm]) -> Call[None]:
    """Creates arms, all or none.

    Args:
        job_id: The job; each arm's job_id is this one or empty.
        arms: Of distinct sizes, at most 1024. None at all: does nothing.

    Raises:
        JobNotFoundError
        ArmExistsError: The job has an arm of one of the sizes.
        BatchSizeNotInJobError: A size is not one of the job's.
        PolicyMismatchError: The job does not follow Policy.ZEUS.
    """
    request = api.CreateArmsRequest(
        job_id=job_id, arms=[convert.arm_to_proto(each) for each in arms]
    )
    return Call(
        ZeusServiceStub,
        "CreateArms",
        request,
        lambda response: None,
        retried=NOTHING_CHANGED,
    )


def update_trial(
    trial: Trial,
    status: TrialStatus,
    *,
    time_seconds: float | None = None,
    energy_joules: float | None = None,
    converged: bool | None = None,
    failure: TrialFailure = TrialFailure.UNSPECIFIED,
    epochs: int | None = None,
) -> Call[Trial]:
    """Gives a running trial its end. One that converged may set the job's min_cost.

    Args:
        trial: Names it.
        status: SUCCEEDED or FAILED.
        time_seconds: Of the whole run, in [0, 1e50]. Needed, as the next two, with
            SUCCEEDED, and None with FAILED.
        energy_joules: Of the whole run, in [0, 1e50].
        converged: Whether it reached the target metric.
        failure: With FAILED: FAILED, which UNSPECIFIED means, INFEASIBLE, CANCELLED or
            NOT_CONVERGED.
        epochs: Epochs done, at least 0. Policy.CURVES learns nothing from a success
            without it, and takes a failure FAILED with it for NOT_CONVERGED. None: not
            known.

    Raises:
        JobNotFoundError, TrialNotFoundError
        TrialEndedError: It is not running.
        InvalidFieldError: Such as for a success without a result.
    """
    fields: dict[str, Any] = {
        **trial_key(trial),
        "status": convert.enum_to_proto(status),
        "time_seconds": time_seconds,
        "energy_joules": energy_joules,
        "converged": converged,
        "failure": convert.enum_to_proto(failure),
        "epochs": epochs,
    }
    return Call(
        ZeusServiceStub,
        "UpdateTrial",
        api.UpdateTrialRequest(**fields),
        lambda response: convert.trial_from_proto(response.trial),
        retried=NOTHING_CHANGED,
    )


def update_arm_state(trial_number: int, arm: Arm) -> Call[None]:
    """Replaces what the bandit believes about a size.

    Args:
        trial_number: The trial of this job and size that the change follows from.
        arm: As it shall be.

    Raises:
        JobNotFoundError, TrialNotFoundError, ArmNotFoundError
        TrialNotMabError: The trial's type is not MAB.
        PolicyMismatchError: The job does not follow Policy.ZEUS.
    """
    request = api.UpdateArmStateRequest(
        trial_number=trial_number, arm=convert.arm_to_proto(arm)
    )
    return Call(
        ZeusServiceStub,
        "UpdateArmState",
        request,
        lambda response: None,
        retried=NOTHING_CHANGED,
    )


def update_exp_default_batch_size(job_id: str, batch_size: int) -> Call[Job]:
    """Sets Job.exp_default_batch_size.

    Raises:
        JobNotFoundError
        BatchSizeNotInJobError: The size is not one of the job's.
        PolicyMismatchError: The job does not follow Policy.ZEUS.
    """
    request = api.UpdateExpDefaultBatchSizeRequest(job_id=job_id, batch_size=batch_size)
    return Call(
        ZeusServiceStub,
        "UpdateExpDefaultBatchSize",
        request,
        lambda response: convert.job_from_proto(response.job),
        retried=NOTHING_CHANGED,
    )


def update_job_stage(job_id: str, stage: Stage) -> Call[Job]:
    """Moves a job on to the stage MAB. Does nothing when it is there.

    Raises:
        JobNotFoundError
        InvalidFieldError: stage is not MAB: a job never goes back.
        PolicyMismatchError: The job does not follow Policy.ZEUS.
    """
    request = api.UpdateJobStageRequest(
        job_id=job_id, stage=convert.enum_to_proto(stage)
    )
    return Call(
        ZeusServiceStub,
        "UpdateJobStage",
        request,
        lambda response: convert.job_from_proto(response.job),
    )


def get_random_choices(job_id: str, choices: Sequence[int]) -> Call[list[int]]:
    """The values in a random order, from the job's generator, which moves on.

    As NumPy's Generator.choice(choices, len(choices), replace=False); from the system's
    entropy where the job has no mab_seed.

    Args:
        job_id: The job.
        choices: 1 to 1024 values.

    Raises:
        JobNotFoundError
    """
    return Call(
        ZeusServiceStub,
        "GetRandomChoices",
        api.GetRandomChoicesRequest(job_id=job_id, choices=choices),
        lambda response: list(response.choices),
        retried=NOTHING_CHANGED,
    )


def get_normal(job_id: str, loc: float = 0.0, scale: float = 1.0) -> Call[float]:
    """A draw of a normal distribution, from the job's generator, which moves on.

    As NumPy's Generator.normal(loc, scale); from the system's entropy where the job has
    no mab_seed.

    Args:
        job_id: The job.
        loc: Mean, in [-1e100, 1e100].
        scale: Standard deviation, in [0, 1e100].

    Raises:
        JobNotFoundError
    """
    return Call(
        ZeusServiceStub,
        "GetNormal",
        api.GetNormalRequest(job_id=job_id, loc=loc, scale=scale),
        lambda response: float(response.value),
        retried=NOTHING_CHANGED,
    )


def delete_job(job_id: str) -> Call[bool]:
    """Deletes a job with its trials and arms; False: there was none."""
    return Call(
        ZeusServiceStub,
        "DeleteJob",
        optimizer_api.DeleteJobRequest(job_id=job_id),
        lambda response: bool(response.deleted),
        retried=NOTHING_CHANGED,
    )

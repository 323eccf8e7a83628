"""The calls of ZeusService that read.

Each function is a method of Client and Session and, with await, of AsyncClient and
AsyncSession, and its docstring is the method's. All are safe to repeat.
"""

from zeus_bso import convert
from zeus_bso.call import Call
from zeus_bso.types import Arm, Job, Trial, TrialResult
from zeus_bso.v1 import zeus_service_pb2 as api
from zeus_bso.v1.zeus_service_pb2_grpc import ZeusServiceStub


def get_job(job_id: str) -> Call[Job | None]:
    """A job, or None where there is none."""
    return Call(
        ZeusServiceStub,
        "GetJob",
        api.GetJobRequest(job_id=job_id),
        lambda response: convert.job_from_proto(response.job)
        if response.HasField("job")
        else None,
    )


def get_trial(job_id: str, batch_size: int, trial_number: int) -> Call[Trial | None]:
    """A trial, or None where there is none of this number and size."""
    request = api.GetTrialRequest(
        job_id=job_id, batch_size=batch_size, trial_number=trial_number
    )
    return Call(
        ZeusServiceStub,
        "GetTrial",
        request,
        lambda response: convert.trial_from_proto(response.trial)
        if response.HasField("trial")
        else None,
    )


def get_arms(job_id: str) -> Call[list[Arm]]:
    """The arms of a job, batch size ascending.

    None where there is no such job, and for a job that does not follow Policy.ZEUS.
    """
    return Call(
        ZeusServiceStub,
        "GetArms",
        api.GetArmsRequest(job_id=job_id),
        lambda response: [convert.arm_from_proto(each) for each in response.arms],
    )


def get_arm(job_id: str, batch_size: int) -> Call[Arm | None]:
    """The arm of one size, or None where there is none."""
    return Call(
        ZeusServiceStub,
        "GetArm",
        api.GetArmRequest(job_id=job_id, batch_size=batch_size),
        lambda response: convert.arm_from_proto(response.arm)
        if response.HasField("arm")
        else None,
    )


def get_explorations(job_id: str) -> Call[dict[int, list[Trial]]]:
    """The trials of type EXPLORATION that did not fail, by batch size.

    Sizes ascending, and trial_number within each; sizes without any are left out. Empty
    where there is no such job.
    """
    return Call(
        ZeusServiceStub,
        "GetExplorationsOfJob",
        api.GetExplorationsOfJobRequest(job_id=job_id),
        lambda response: {
            each.batch_size: [convert.trial_from_proto(trial) for trial in each.trials]
            for each in response.explorations
        },
    )


def get_trial_results(job_id: str, batch_size: int) -> Call[list[TrialResult]]:
    """The results of one size, trial_number descending.

    At most JobSpec.window_size of them where that is greater than 0.

    Raises:
        JobNotFoundError
    """
    request = api.GetTrialResultsOfBatchSizeRequest(
        job_id=job_id, batch_size=batch_size
    )
    return Call(
        ZeusServiceStub,
        "GetTrialResultsOfBatchSize",
        request,
        lambda response: [convert.result_from_proto(each) for each in response.results],
    )

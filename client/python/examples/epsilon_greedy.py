"""A policy of one's own: epsilon-greedy instead of Thompson sampling.

The server keeps the records; this program decides. It opens a session, fetches the job
and its results, draws from the job's generator, creates the trial, and commits: all of
it takes effect together, or nothing does. Where somebody else changed the job in the
meantime the commit is ABORTED, and the policy begins again on fresh records.

    epsilon_greedy.py --server 127.0.0.1:50051 --job_id my-job
"""

import argparse
import math
import random
import time
from queue import SimpleQueue
from statistics import NormalDist
from types import TracebackType
from typing import Any, Callable

import grpc
from zeus_bso.v1 import batch_size_optimizer_pb2 as bso
from zeus_bso.v1 import resources_pb2 as records
from zeus_bso.v1 import zeus_service_pb2 as service
from zeus_bso.v1.batch_size_optimizer_pb2_grpc import BatchSizeOptimizerStub
from zeus_bso.v1.zeus_service_pb2_grpc import ZeusServiceStub

# How many lost races a policy takes before it gives up.
MAX_ATTEMPTS = 100


class Session:
    """One session on the wire; what is not committed leaves nothing behind."""

    def __init__(self, stub: ZeusServiceStub, timeout: float = 30.0) -> None:
        """Opens it.

        Args:
            stub: The service.
            timeout: How long the session may take altogether, in seconds.
        """
        self._requests: SimpleQueue[service.SessionRequest | None] = SimpleQueue()
        self._call = stub.Session(iter(self._requests.get, None), timeout=timeout)

    def __enter__(self) -> "Session":
        return self

    def __exit__(
        self,
        exception_type: type[BaseException] | None,
        exception: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._requests.put(None)
        self._call.cancel()

    def __call__(self, **request: Any) -> service.SessionResponse:
        """Sends one request, such as get_job=GetJobRequest(...), and its answer.

        Raises:
            grpc.RpcError: The session is over and has changed nothing; ABORTED means
                that it is worth beginning again.
        """
        self._requests.put(service.SessionRequest(**request))
        answer: service.SessionResponse = next(self._call)
        return answer


class EpsilonGreedy:
    """Runs the size of the best mean reward, and now and then a random one."""

    def __init__(self, stub: ZeusServiceStub, job_id: str, epsilon: float = 0.1):
        """Decides for a registered job.

        Args:
            stub: The service.
            job_id: The job.
            epsilon: How often to try a random size, in (0, 1).
        """
        self._stub = stub
        self._job_id = job_id
        # A normal number exceeds it with probability epsilon.
        self._threshold = NormalDist().inv_cdf(1 - epsilon)

    def start_trial(self) -> records.Trial:
        """Picks a batch size and starts a trial with it.

        Raises:
            LookupError: There is no such job.
            grpc.RpcError: As answered by the server; ABORTED after too many races.
        """
        for attempt in range(1, MAX_ATTEMPTS):
            try:
                return self._try_to_start()
            except grpc.RpcError as error:
                if error.code() != grpc.StatusCode.ABORTED:
                    raise
                time.sleep(random.uniform(0, 0.001 * min(attempt, 20)))
        return self._try_to_start()

    def _try_to_start(self) -> records.Trial:
        with Session(self._stub) as session:
            get_job = service.GetJobRequest(job_id=self._job_id)
            answer = session(get_job=get_job).get_job
            if not answer.HasField("job"):
                raise LookupError(f"there is no job {self._job_id!r}")
            size = self._pick(session, self._arms(session, answer.job))
            create = service.CreateTrialRequest(
                job_id=self._job_id, batch_size=size, type=records.TRIAL_TYPE_MAB
            )
            trial = session(create_trial=create).create_trial.trial
            session(commit=service.CommitRequest())
            return trial

    def _arms(self, session: Session, job: records.Job) -> list[records.GaussianTsArm]:
        """The job's arms, made for all its sizes when there are none.

        The server refits them from the results that are reported.
        """
        get_arms = service.GetArmsRequest(job_id=self._job_id)
        arms = list(session(get_arms=get_arms).get_arms.arms)
        if arms:
            return arms
        new = [records.GaussianTsArm(batch_size=size) for size in job.spec.batch_sizes]
        session(create_arms=service.CreateArmsRequest(job_id=self._job_id, arms=new))
        to_mab = service.UpdateJobStageRequest(
            job_id=self._job_id, stage=records.STAGE_MAB
        )
        session(update_job_stage=to_mab)
        return new

    def _pick(self, session: Session, arms: list[records.GaussianTsArm]) -> int:
        """The batch size to run; draws from the job's generator."""
        untried = [arm.batch_size for arm in arms if arm.num_observations == 0]
        if untried:
            return self._random_choice(session, untried)
        coin = service.GetNormalRequest(job_id=self._job_id, loc=0, scale=1)
        if session(get_normal=coin).get_normal.value > self._threshold:
            return self._random_choice(session, [arm.batch_size for arm in arms])
        best = max(arms, key=lambda arm: float(arm.param_mean))
        return int(best.batch_size)

    def _random_choice(self, session: Session, sizes: list[int]) -> int:
        shuffle = service.GetRandomChoicesRequest(job_id=self._job_id, choices=sizes)
        choices = session(get_random_choices=shuffle).get_random_choices.choices
        return int(choices[0])


def run_recurrence(
    optimizer: BatchSizeOptimizerStub,
    policy: EpsilonGreedy,
    train: Callable[[int], tuple[float, float]],
) -> records.Trial:
    """Runs one training of the job, and reports it.

    Args:
        optimizer: Where to report.
        policy: What picks the batch size.
        train: Trains with a batch size until the target metric is reached; returns the
            time in seconds and the energy in joules that it took.
    """
    trial = policy.start_trial()
    names: dict[str, Any] = {
        "job_id": trial.job_id,
        "batch_size": trial.batch_size,
        "trial_number": trial.trial_number,
    }
    try:
        seconds, joules = train(trial.batch_size)
    except BaseException:
        optimizer.EndTrial(bso.EndTrialRequest(**names))
        raise
    report = bso.ReportResultRequest(
        **names, time_seconds=seconds, energy_joules=joules, metric=1, current_epoch=1
    )
    optimizer.ReportResult(report)
    return trial


def stand_in_for_training(batch_size: int) -> tuple[float, float]:
    """A made-up training: 128 is best, and no two runs are alike."""
    seconds = 100 * (1 + abs(math.log2(batch_size / 128))) * random.gauss(1, 0.05)
    return seconds, 200 * seconds


def main() -> None:
    """Registers a job and runs it a number of times."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--server", default="127.0.0.1:50051", metavar="ADDRESS")
    parser.add_argument("--job_id", default="epsilon-greedy")
    parser.add_argument("--recurrences", type=int, default=40)
    options = parser.parse_args()
    with grpc.insecure_channel(options.server) as channel:
        optimizer = BatchSizeOptimizerStub(channel)
        spec = records.JobSpec(
            job_id=options.job_id,
            batch_sizes=[32, 64, 128, 256, 512],
            default_batch_size=512,
            max_power=300,
            number_of_gpus=1,
            gpu_model="made up",
        )
        optimizer.RegisterJob(bso.RegisterJobRequest(spec=spec))
        policy = EpsilonGreedy(ZeusServiceStub(channel), options.job_id)
        for _ in range(options.recurrences):
            trial = run_recurrence(optimizer, policy, stand_in_for_training)
            print(f"trial {trial.trial_number}: batch size {trial.batch_size}")


if __name__ == "__main__":
    main()

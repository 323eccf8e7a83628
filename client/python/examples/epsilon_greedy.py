"""A policy of one's own: epsilon-greedy instead of Thompson sampling.

The server keeps the records; this program decides. In a session it fetches the job and
its results, draws from the job's generator and creates the trial: all of it takes
effect together, or nothing does. Where somebody else changed the job in the meantime
Client.transact begins again on fresh records.

    epsilon_greedy.py --server 127.0.0.1:50051 --job_id my-job
"""

import argparse
import math
import random
from statistics import NormalDist
from typing import Callable

from zeus_bso.client import Client
from zeus_bso.session import Session
from zeus_bso.trial_failure import trial_failure
from zeus_bso.types import Arm, Job, JobSpec, Policy, Stage, Trial, TrialType


class EpsilonGreedy:
    """Runs the size of the best mean reward, and now and then a random one."""

    def __init__(self, client: Client, job_id: str, epsilon: float = 0.1):
        """Decides for a registered job.

        Args:
            client: Of the server.
            job_id: The job.
            epsilon: How often to try a random size, in (0, 1).
        """
        self._client = client
        self._job_id = job_id
        # A normal number exceeds it with probability epsilon.
        self._threshold = NormalDist().inv_cdf(1 - epsilon)

    def start_trial(self) -> Trial:
        """Picks a batch size and starts a trial with it.

        Raises:
            LookupError: There is no such job.
            ZeusBsoError: As Client.transact.
        """
        return self._client.transact(self._start)

    def _start(self, session: Session) -> Trial:
        job = session.get_job(self._job_id)
        if job is None:
            raise LookupError(f"there is no job {self._job_id!r}")
        size = self._pick(session, self._arms(session, job))
        return session.create_trial(self._job_id, size, TrialType.MAB)

    def _arms(self, session: Session, job: Job) -> list[Arm]:
        """The job's arms, made for all its sizes when there are none.

        The server refits them from the results that are reported.
        """
        arms = session.get_arms(self._job_id)
        if arms:
            return arms
        new = [Arm(self._job_id, size) for size in job.spec.batch_sizes]
        session.create_arms(self._job_id, new)
        session.update_job_stage(self._job_id, Stage.MAB)
        return new

    def _pick(self, session: Session, arms: list[Arm]) -> int:
        """The batch size to run; draws from the job's generator."""
        untried = [arm.batch_size for arm in arms if arm.num_observations == 0]
        if untried:
            return self._random_choice(session, untried)
        if session.get_normal(self._job_id) > self._threshold:
            return self._random_choice(session, [arm.batch_size for arm in arms])
        return max(arms, key=lambda arm: arm.param_mean).batch_size

    def _random_choice(self, session: Session, sizes: list[int]) -> int:
        return session.get_random_choices(self._job_id, sizes)[0]


def run_recurrence(
    client: Client, policy: EpsilonGreedy, train: Callable[[int], tuple[float, float]]
) -> Trial:
    """Runs one training of the job, and reports it.

    Args:
        client: Where to report.
        policy: What picks the batch size.
        train: Trains with a batch size until the target metric is reached; returns the
            time in seconds and the energy in joules that it took.
    """
    trial = policy.start_trial()
    try:
        seconds, joules = train(trial.batch_size)
    except BaseException as error:
        client.end_trial(trial, trial_failure(error))
        raise
    client.report_result(
        trial, metric=1, epoch=1, time_seconds=seconds, energy_joules=joules
    )
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
    with Client(options.server) as client:
        spec = JobSpec(
            job_id=options.job_id,
            batch_sizes=[32, 64, 128, 256, 512],
            default_batch_size=512,
            max_power=300,
            number_of_gpus=1,
            gpu_model="made up",
            policy=Policy.ZEUS,  # Arms are its.
        )
        client.register_job(spec)
        policy = EpsilonGreedy(client, options.job_id)
        for _ in range(options.recurrences):
            trial = run_recurrence(client, policy, stand_in_for_training)
            print(f"trial {trial.trial_number}: batch size {trial.batch_size}")


if __name__ == "__main__":
    main()

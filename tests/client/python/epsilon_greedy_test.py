"""The example of a policy of one's own, against the real server."""

import os
import threading
import unittest

import grpc
from zeus_bso.local_server import LocalServer
from zeus_bso.v1 import batch_size_optimizer_pb2 as bso
from zeus_bso.v1 import resources_pb2 as records
from zeus_bso.v1 import zeus_service_pb2 as service
from zeus_bso.v1.batch_size_optimizer_pb2_grpc import BatchSizeOptimizerStub
from zeus_bso.v1.zeus_service_pb2_grpc import ZeusServiceStub

from epsilon_greedy import EpsilonGreedy, Session, run_recurrence

SIZES = [16, 32, 64, 128]


def train(batch_size: int) -> tuple[float, float]:
    """64 is best."""
    return 1.0, 100.0 + abs(batch_size - 64)


class EpsilonGreedyTest(unittest.TestCase):
    """What the example promises."""

    def setUp(self) -> None:
        server = LocalServer(os.environ["ZEUS_BSO_SERVER_BINARY"])
        self.address = self.enterContext(server).address
        self.channel = self.enterContext(grpc.insecure_channel(self.address))
        self.optimizer = BatchSizeOptimizerStub(self.channel)
        self.service = ZeusServiceStub(self.channel)
        spec = records.JobSpec(
            job_id="job",
            batch_sizes=SIZES,
            default_batch_size=16,
            eta_knob=1,
            mab_seed=7,
            max_power=300,
            number_of_gpus=1,
            gpu_model="none",
        )
        self.optimizer.RegisterJob(bso.RegisterJobRequest(spec=spec))

    def trials(self) -> list[records.Trial]:
        """All trials of the job."""
        request = bso.ListTrialsRequest(job_id="job", page_size=1000)
        return list(self.optimizer.ListTrials(request).trials)

    def test_explores_each_size_and_settles_on_the_best(self) -> None:
        policy = EpsilonGreedy(self.service, "job", epsilon=0.1)
        for _ in range(40):
            run_recurrence(self.optimizer, policy, train)
        sizes = [trial.batch_size for trial in self.trials()]
        self.assertEqual(len(sizes), 40)
        self.assertEqual(sorted(sizes[: len(SIZES)]), SIZES)
        self.assertGreater(sizes.count(64), 25)

    def test_every_concurrent_policy_gets_a_trial_of_its_own(self) -> None:
        numbers: list[int] = []

        def drive() -> None:
            with grpc.insecure_channel(self.address) as channel:
                policy = EpsilonGreedy(ZeusServiceStub(channel), "job")
                for _ in range(10):
                    trial = run_recurrence(self.optimizer, policy, train)
                    numbers.append(trial.trial_number)

        threads = [threading.Thread(target=drive) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(sorted(numbers), list(range(1, 41)))
        arms = self.service.GetArms(service.GetArmsRequest(job_id="job")).arms
        self.assertEqual(sum(arm.num_observations for arm in arms), 40)

    def test_a_training_that_raises_ends_its_trial_as_failed(self) -> None:
        def fail(batch_size: int) -> tuple[float, float]:
            raise RuntimeError(f"no memory for {batch_size}")

        policy = EpsilonGreedy(self.service, "job")
        with self.assertRaises(RuntimeError):
            run_recurrence(self.optimizer, policy, fail)
        self.assertEqual(
            [trial.status for trial in self.trials()], [records.TRIAL_STATUS_FAILED]
        )

    def test_an_unknown_job_is_an_error(self) -> None:
        with self.assertRaises(LookupError):
            EpsilonGreedy(self.service, "nobody").start_trial()

    def test_a_session_that_is_left_changes_nothing(self) -> None:
        with Session(self.service) as session:
            session(get_job=service.GetJobRequest(job_id="job"))
            create = service.CreateTrialRequest(
                job_id="job", batch_size=16, type=records.TRIAL_TYPE_MAB
            )
            session(create_trial=create)
        self.assertEqual(self.trials(), [])


if __name__ == "__main__":
    unittest.main()

"""The example of a policy of one's own, against the real server."""

import threading
import unittest

from epsilon_greedy import EpsilonGreedy, run_recurrence
from server_case import ServerCase, make_spec
from zeus_bso.client import Client
from zeus_bso.types import TrialFailure

SIZES = [16, 32, 64, 128]


def train(batch_size: int) -> tuple[float, float]:
    """64 is best."""
    return 1.0, 100.0 + abs(batch_size - 64)


class EpsilonGreedyTest(ServerCase):
    """What the example promises."""

    def setUp(self) -> None:
        self.address = self.start_server().address
        self.client = self.connect(self.address)
        spec = make_spec(batch_sizes=SIZES, eta_knob=1.0, mab_seed=7)
        self.client.register_job(spec)

    def test_explores_each_size_and_settles_on_the_best(self) -> None:
        policy = EpsilonGreedy(self.client, "job", epsilon=0.1)
        for _ in range(40):
            run_recurrence(self.client, policy, train)
        sizes = [trial.batch_size for trial in self.client.list_trials("job")]
        self.assertEqual(len(sizes), 40)
        self.assertEqual(sorted(sizes[: len(SIZES)]), SIZES)
        self.assertGreater(sizes.count(64), 25)

    def test_every_concurrent_policy_gets_a_trial_of_its_own(self) -> None:
        numbers: list[int] = []

        def drive() -> None:
            with Client(self.address) as client:
                policy = EpsilonGreedy(client, "job")
                for _ in range(10):
                    trial = run_recurrence(client, policy, train)
                    numbers.append(trial.trial_number)

        threads = [threading.Thread(target=drive) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(sorted(numbers), list(range(1, 41)))
        arms = self.client.get_arms("job")
        self.assertEqual(sum(arm.num_observations for arm in arms), 40)

    def test_a_training_that_raises_ends_its_trial(self) -> None:
        def fail(batch_size: int) -> tuple[float, float]:
            raise MemoryError(f"no memory for {batch_size}")

        policy = EpsilonGreedy(self.client, "job")
        with self.assertRaises(MemoryError):
            run_recurrence(self.client, policy, fail)
        failures = [trial.failure for trial in self.client.list_trials("job")]
        self.assertEqual(failures, [TrialFailure.INFEASIBLE])

    def test_an_unknown_job_is_an_error(self) -> None:
        with self.assertRaises(LookupError):
            EpsilonGreedy(self.client, "nobody").start_trial()


if __name__ == "__main__":
    unittest.main()

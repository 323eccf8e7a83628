"""Tests of Client: the methods of ZeusService, and which of them are repeated."""

import unittest
from typing import Any

from server_case import ServerCase, make_spec
from tcp_proxy import TcpProxy
from zeus_bso import errors
from zeus_bso.types import (
    Arm,
    Policy,
    Stage,
    TrialFailure,
    TrialResult,
    TrialStatus,
    TrialType,
)


class ServiceTest(ServerCase):
    def setUp(self) -> None:
        self.client = self.new_client()

    def min_cost(self) -> float | None:
        job = self.client.get_job("job")
        assert job is not None
        return job.min_cost

    def test_create_job(self) -> None:
        job = self.client.create_job(make_spec())
        self.assertEqual(job.stage, Stage.PRUNING)
        self.assertEqual(self.client.get_job("job"), job)
        with self.assertRaises(errors.JobExistsError):
            self.client.create_job(make_spec())

    def test_create_trial(self) -> None:
        self.client.create_job(make_spec())
        trial = self.client.create_trial("job", 32, TrialType.CONCURRENT)
        self.assertEqual((trial.trial_number, trial.batch_size), (1, 32))
        self.assertEqual(trial.type, TrialType.CONCURRENT)
        self.assertEqual(trial.status, TrialStatus.DISPATCHED)
        self.assertEqual(self.client.get_trial("job", 32, 1), trial)

    def test_explorations(self) -> None:
        self.assertEqual(self.client.get_explorations("job"), {})
        self.client.create_job(make_spec())
        create = self.client.create_trial
        large = [create("job", 32, TrialType.EXPLORATION) for _ in range(2)]
        small = create("job", 8, TrialType.EXPLORATION)
        create("job", 8, TrialType.MAB)
        self.client.end_trial(create("job", 16, TrialType.EXPLORATION))
        explorations = self.client.get_explorations("job")
        self.assertEqual(explorations, {8: [small], 32: large})
        self.assertEqual(list(explorations), [8, 32])

    def test_a_trial_that_succeeds(self) -> None:
        self.client.create_job(make_spec(eta_knob=1.0))
        trial = self.client.create_trial("job", 8, TrialType.MAB)
        succeeded = self.client.update_trial(
            trial,
            TrialStatus.SUCCEEDED,
            time_seconds=2.0,
            energy_joules=7.0,
            converged=True,
        )
        self.assertEqual(succeeded.status, TrialStatus.SUCCEEDED)
        self.assertEqual((succeeded.time_seconds, succeeded.energy_joules), (2.0, 7.0))
        self.assertTrue(succeeded.converged)
        self.assertEqual(succeeded, self.client.get_trial("job", 8, 1))
        self.assertEqual(self.min_cost(), 7.0)

    def test_a_trial_that_does_not(self) -> None:
        self.client.create_job(make_spec())
        trial = self.client.create_trial("job", 8, TrialType.MAB)
        failed = self.client.update_trial(trial, TrialStatus.FAILED)
        self.assertEqual(failed.failure, TrialFailure.FAILED)
        trial = self.client.create_trial("job", 8, TrialType.MAB)
        failed = self.client.update_trial(
            trial, TrialStatus.FAILED, failure=TrialFailure.CANCELLED
        )
        self.assertEqual(failed.failure, TrialFailure.CANCELLED)
        self.assertIsNone(self.min_cost())

    def test_a_trial_of_curves(self) -> None:
        spec = make_spec(policy=Policy.CURVES, eta_knob=1.0)
        self.assertEqual(self.client.create_job(spec).stage, Stage.NONE)
        trial = self.client.create_trial("job", 8, TrialType.MAB)
        self.assertEqual(trial.type, TrialType.FIRST)
        ended = self.client.update_trial(
            trial,
            TrialStatus.SUCCEEDED,
            time_seconds=2.0,
            energy_joules=7.0,
            converged=True,
            epochs=3,
        )
        self.assertIsNone(ended.epochs)  # No report ended it.
        assert ended.progress is not None
        self.assertEqual((ended.progress.epochs, ended.progress.metric), (3, None))
        trial = self.client.create_trial("job", 8, TrialType.BEST)
        self.assertEqual(trial.type, TrialType.BEST)
        assert trial.curves_ticket is not None
        self.assertGreater(trial.curves_ticket.reference_cost, 0)
        failed = self.client.update_trial(trial, TrialStatus.FAILED, epochs=2)
        self.assertEqual(failed.failure, TrialFailure.NOT_CONVERGED)
        trial = self.client.create_trial("job", 16, TrialType.BEST)
        self.assertEqual(trial.type, TrialType.EXPLORE)

    def test_trial_results(self) -> None:
        self.client.create_job(make_spec(window_size=2))
        self.assertEqual(self.client.get_trial_results("job", 8), [])
        for joules in (3.0, 4.0, 5.0):
            self.client.update_trial(
                self.client.create_trial("job", 8, TrialType.MAB),
                TrialStatus.SUCCEEDED,
                time_seconds=1.0,
                energy_joules=joules,
                converged=joules < 5.0,
            )
        results = [TrialResult(3, 1.0, 5.0, False), TrialResult(2, 1.0, 4.0, True)]
        self.assertEqual(self.client.get_trial_results("job", 8), results)

    def test_arms(self) -> None:
        self.client.create_job(make_spec())
        self.assertIsNone(self.client.get_arm("job", 8))
        arms = [Arm("job", 8), Arm("job", 32, -5.0, 0.5, 0.25, 3)]
        self.client.create_arms("job", arms)
        self.assertEqual(self.client.get_arms("job"), arms)
        self.assertEqual(self.client.get_arm("job", 32), arms[1])
        trial = self.client.create_trial("job", 8, TrialType.MAB)
        changed = Arm("job", 8, -1.0, float("inf"), 2.0, 1)
        self.client.update_arm_state(trial.trial_number, changed)
        self.assertEqual(self.client.get_arm("job", 8), changed)

    def test_changes_of_a_job(self) -> None:
        self.client.create_job(make_spec())
        job = self.client.update_exp_default_batch_size("job", 32)
        self.assertEqual(job.exp_default_batch_size, 32)
        job = self.client.update_job_stage("job", Stage.MAB)
        self.assertEqual((job.stage, job.exp_default_batch_size), (Stage.MAB, 32))
        self.assertEqual(self.client.get_job("job"), job)

    def draws(self, job_id: str, seed: int) -> list[Any]:
        self.client.create_job(make_spec(job_id, mab_seed=seed))
        return [
            self.client.get_random_choices(job_id, range(100)),
            self.client.get_normal(job_id),
            self.client.get_normal(job_id, 5.0, 2.0),
        ]

    def test_draws(self) -> None:
        first = self.draws("first", 1)
        self.assertEqual(sorted(first[0]), list(range(100)))
        self.assertNotEqual(first[1], (first[2] - 5.0) / 2.0)  # It has moved on.
        self.assertEqual(self.draws("second", 1), first)
        self.assertNotEqual(self.draws("third", 2), first)
        self.assertEqual(self.client.get_normal("third", 5.0, 0.0), 5.0)


class RepetitionTest(ServerCase):
    def setUp(self) -> None:
        server = self.start_server()
        self.direct = self.connect(server.address)
        self.direct.register_job(make_spec("nightly", mab_seed=1))
        self.proxy = self.enterContext(TcpProxy(server.address))
        self.client = self.connect(self.proxy.address)
        self.proxy.lose_answer(b"nightly")

    def test_reads_are_repeated(self) -> None:
        self.assertIsNotNone(self.client.get_job("nightly"))
        self.assertTrue(self.proxy.has_lost())

    def test_a_stage_is_set_again(self) -> None:
        job = self.client.update_job_stage("nightly", Stage.MAB)
        self.assertTrue(self.proxy.has_lost())
        self.assertEqual(job.stage, Stage.MAB)

    def test_creations_are_not_repeated(self) -> None:
        with self.assertRaises(errors.UnavailableError):
            self.client.create_trial("nightly", 8, TrialType.MAB)
        self.assertTrue(self.proxy.has_lost())
        self.assertEqual(len(list(self.direct.list_trials("nightly"))), 1)

    def test_draws_are_not_repeated(self) -> None:
        self.direct.register_job(make_spec("same", mab_seed=1))
        self.proxy.lose_answer(b"grpc-status")
        with self.assertRaises(errors.UnavailableError):
            self.client.get_normal("nightly")
        self.assertTrue(self.proxy.has_lost())
        self.direct.get_normal("same")
        self.assertEqual(
            self.direct.get_normal("nightly"), self.direct.get_normal("same")
        )


if __name__ == "__main__":
    unittest.main()

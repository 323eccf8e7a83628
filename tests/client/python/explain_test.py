"""Tests of explain_job, profile_job and warm starts, of both clients."""

import dataclasses
import unittest

from server_case import AsyncServerCase, ServerCase, make_spec
from zeus_bso import errors
from zeus_bso.async_client import AsyncClient
from zeus_bso.client import Client
from zeus_bso.explanation import BatchSizeExplanation, Explanation, Standing
from zeus_bso.monitor import FixedPowerMonitor
from zeus_bso.optimizer.batch_size import BatchSizeOptimizer
from zeus_bso.types import EpochProfile, JobSpec, Policy, TrialFailure, TrialType
from zeus_bso.v1 import explanation_pb2 as api

PROFILES = [EpochProfile(8, 8.0, 800.0), EpochProfile(32, 32.0, 3200.0, 0.1)]


def curves_spec(job_id: str = "job") -> JobSpec:
    return make_spec(job_id, policy=Policy.CURVES, mab_seed=1)


def train(client: Client, job_id: str, times: int) -> None:
    """Ten epochs each, which cost more the larger the batch size."""
    for _ in range(times):
        trial = client.start_trial(job_id)
        joules = 100.0 * trial.batch_size
        client.report_result(
            trial,
            metric=0.9,
            epoch=10,
            time_seconds=joules / 100,
            energy_joules=joules,
        )


def of_size(explanation: Explanation, batch_size: int) -> BatchSizeExplanation:
    (found,) = (e for e in explanation.batch_sizes if e.batch_size == batch_size)
    return found


class ExplainTest(ServerCase):
    def setUp(self) -> None:
        self.client = self.new_client()

    def test_before_the_first_trial(self) -> None:
        job = self.client.register_job(curves_spec()).job
        explanation = self.client.explain_job("job")
        self.assertEqual(explanation.job, job)
        self.assertEqual(explanation.summary, "No trial has been started yet.")
        self.assertEqual(explanation.next_batch_size, 16)
        for absent in ("best_batch_size", "cost_saving", "time_saving"):
            self.assertIsNone(getattr(explanation, absent))
        for each in explanation.batch_sizes:
            self.assertEqual(each.standing, Standing.NOTHING_CONVERGED)
            self.assertIsNone(each.time)
            self.assertEqual(each.why, "no size has converged yet")

    def test_what_curves_believes(self) -> None:
        self.client.register_job(curves_spec())
        train(self.client, "job", 12)
        before = self.client.get_job("job")
        explanation = self.client.explain_job("job")
        self.assertEqual(self.client.get_job("job"), before)
        self.assertEqual(explanation, self.client.explain_job("job"))
        self.assertEqual([e.batch_size for e in explanation.batch_sizes], [8, 16, 32])
        self.assertEqual(explanation.best_batch_size, 8)
        best = of_size(explanation, 8)
        self.assertEqual(best.standing, Standing.BEST)
        self.assertEqual(best.num_trials, best.num_converged)
        self.assertEqual(sum(e.num_trials for e in explanation.batch_sizes), 12)
        for believed, value in (
            (best.cost, 800.0),
            (best.energy, 800.0),
            (best.time, 8.0),
            (best.epochs, 10.0),
            (best.epoch_cost, 80.0),
        ):
            assert believed is not None
            self.assertAlmostEqual(believed.value, value, delta=0.1 * value)
            self.assertGreater(believed.relative_sd, 0.0)
        self.assertGreater(best.best_probability, 0.9)
        self.assertEqual(best.why, f"the best size known (trial {best.trial_number})")
        saving = explanation.cost_saving
        assert saving is not None and explanation.energy_saving is not None
        self.assertAlmostEqual(saving.median, 0.5, delta=0.1)
        self.assertTrue(saving.low < saving.median < saving.high)
        self.assertEqual(
            explanation.next_batch_size, self.client.start_trial("job").batch_size
        )

    def test_what_the_bandit_believes(self) -> None:
        self.client.register_job(make_spec())
        train(self.client, "job", 3)
        pruning = self.client.explain_job("job")
        self.assertIsNone(pruning.best_batch_size)
        self.assertEqual({e.standing for e in pruning.batch_sizes}, {Standing.PRUNING})
        self.assertEqual({e.cost for e in pruning.batch_sizes}, {None})
        train(self.client, "job", 17)
        explanation = self.client.explain_job("job")
        self.assertEqual(explanation.best_batch_size, 8)
        cost = of_size(explanation, 8).cost
        assert cost is not None
        self.assertAlmostEqual(cost.value, 800.0)
        dear = of_size(explanation, 32)
        self.assertEqual(dear.standing, Standing.HAS_NOT_CONVERGED)
        self.assertEqual(dear.why, f"has not converged (trial {dear.trial_number})")

    def test_when_no_trial_can_start(self) -> None:
        spec = make_spec(batch_sizes=[16], max_failures_per_batch_size=1)
        self.client.register_job(spec)
        self.client.end_trial(self.client.start_trial("job"), TrialFailure.INFEASIBLE)
        explanation = self.client.explain_job("job")
        self.assertIsNone(explanation.next_batch_size)
        (size,) = explanation.batch_sizes
        self.assertEqual((size.standing, size.trial_number), (Standing.RULED_OUT, 1))

    def test_no_such_job(self) -> None:
        with self.assertRaises(errors.JobNotFoundError):
            self.client.explain_job("job")


class WordsTest(unittest.TestCase):
    def test_every_standing_of_the_api_has_a_name_and_words(self) -> None:
        prefix = "STANDING_"
        names = {name.removeprefix(prefix): n for name, n in api.Standing.items()}
        self.assertEqual(names, {each.name: each.value for each in Standing})
        nothing = BatchSizeExplanation(
            8, 0, 0, 0, None, None, None, None, None, 0.0, Standing.BEST, None
        )
        words = {dataclasses.replace(nothing, standing=s).why for s in Standing}
        self.assertEqual(len(words), len(Standing))


class WarmStartTest(ServerCase):
    def setUp(self) -> None:
        self.client = self.new_client()

    def test_a_job_starts_with_what_another_one_knows(self) -> None:
        self.client.register_job(curves_spec("source"))
        train(self.client, "source", 12)
        registered = self.client.register_job(curves_spec("new"), warm_start="source")
        self.assertTrue(registered.created)
        self.assertEqual(registered.job.warm_start, "source")
        self.assertEqual(self.client.explain_job("new").best_batch_size, 8)
        self.assertNotEqual(self.client.start_trial("new").type, TrialType.FIRST)
        again = self.client.register_job(curves_spec("new"))
        self.assertEqual((again.created, again.job.warm_start), (False, "source"))
        cold = self.client.register_job(curves_spec("cold"))
        self.assertEqual(cold.job.warm_start, "")

    def test_refused(self) -> None:
        self.client.register_job(make_spec("empty"))
        for spec, warm_start, kind in (
            (curves_spec(), "none", errors.JobNotFoundError),
            (curves_spec(), "empty", errors.WarmStartEmptyError),
            (make_spec(), "empty", errors.InvalidFieldError),
        ):
            with self.subTest(kind), self.assertRaises(kind):
                self.client.register_job(spec, warm_start=warm_start)
        self.assertIsNone(self.client.get_job("job"))

    def test_of_an_optimizer(self) -> None:
        self.client.register_job(curves_spec("source"))
        train(self.client, "source", 12)
        monitor = FixedPowerMonitor(100.0)
        with BatchSizeOptimizer(
            monitor, self.client, curves_spec("new"), warm_start="source"
        ):
            job = self.client.get_job("new")
        assert job is not None
        self.assertEqual(job.warm_start, "source")


class ProfileTest(ServerCase):
    def setUp(self) -> None:
        self.client = self.new_client()

    def test_epochs_that_were_timed(self) -> None:
        job = self.client.register_job(curves_spec()).job
        self.assertEqual(self.client.profile_job("job", PROFILES), job)
        explanation = self.client.explain_job("job")
        for batch_size, cost, relative_sd in ((8, 800.0, 0.03), (32, 3200.0, 0.1)):
            believed = of_size(explanation, batch_size).epoch_cost
            assert believed is not None
            self.assertAlmostEqual(believed.value, cost, delta=0.1 * cost)
            self.assertAlmostEqual(believed.relative_sd, relative_sd, delta=0.02)
        self.client.profile_job("job", [EpochProfile(8, 1.0, 1.0)])
        self.assertEqual(self.client.explain_job("job"), explanation)

    def test_refused(self) -> None:
        self.client.register_job(curves_spec())
        self.client.register_job(make_spec("zeus"))
        cases: list[tuple[str, list[EpochProfile], type[errors.ZeusBsoError]]] = [
            ("none", PROFILES, errors.JobNotFoundError),
            ("zeus", PROFILES, errors.PolicyMismatchError),
            ("job", [EpochProfile(9, 1.0, 1.0)], errors.BatchSizeNotInJobError),
            ("job", [EpochProfile(8, 0.0, 0.0)], errors.InvalidFieldError),
            ("job", [EpochProfile(8, 1.0, 1.0, 2.0)], errors.InvalidFieldError),
            ("job", [], errors.InvalidFieldError),
        ]
        for job_id, profiles, kind in cases:
            with self.subTest(kind), self.assertRaises(kind):
                self.client.profile_job(job_id, profiles)


class AsyncTest(AsyncServerCase):
    async def test_the_same_with_await(self) -> None:
        address = self.start_server().address
        direct = self.connect(address)
        async with AsyncClient(address) as client:
            await client.register_job(curves_spec("source"))
            profiled = await client.profile_job("source", PROFILES)
            self.assertEqual(profiled, direct.get_job("source"))
            train(direct, "source", 12)
            new = await client.register_job(curves_spec("new"), warm_start="source")
            self.assertEqual(new.job.warm_start, "source")
            explanation = await client.explain_job("new")
            self.assertEqual(explanation, direct.explain_job("new"))
            with self.assertRaises(errors.JobNotFoundError):
                await client.explain_job("none")


if __name__ == "__main__":
    unittest.main()

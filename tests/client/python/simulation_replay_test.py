"""Tests of simulations through the real server."""

import contextlib
import dataclasses
from unittest import mock

from server_case import ServerCase
from simulation_case import CIFAR, LIBRISPEECH, POWER, TRAIN, make_workload
from zeus_bso.errors import NothingConvergedError
from zeus_bso.simulation.as_json import as_json
from zeus_bso.simulation.job import make_workload as workload_of_traces
from zeus_bso.simulation.knobs import Knobs
from zeus_bso.simulation.recurrence import Chance, SimulationError, Training
from zeus_bso.simulation.replay import Plan, replay
from zeus_bso.simulation.simulation import Settings, simulate
from zeus_bso.simulation.traces import read_power_trace, read_train_trace
from zeus_bso.simulation.workload import Choice, Cost, Usage
from zeus_bso.types import JobSpec, Policy, Registration

_COST = Cost(0.5, 100.0)
_ZEUS = Plan(Policy.ZEUS, Knobs.BATCH_SIZE, _COST, beta=2.0)
_CURVES = dataclasses.replace(_ZEUS, policy=Policy.CURVES)
_BOTH_KNOBS = dataclasses.replace(_ZEUS, knobs=Knobs.BOTH)


class ReplayTest(ServerCase):
    def setUp(self) -> None:
        self.client = self.new_client("--durability=async")

    def trainings(
        self,
        workload_runs: dict[int, tuple[int | None, ...]],
        recurrences: int,
        plan: Plan = _ZEUS,
    ) -> list[list[tuple[int, float, bool]]]:
        """Batch size, seconds and convergence, where an epoch takes 1 s and 100 J."""
        workload = make_workload(
            workload_runs, {(size, 100.0): (1.0, 100.0) for size in workload_runs}
        )
        return [
            [
                (each.choice.batch_size, each.usage.seconds, each.converged)
                for each in recurrence.trainings
            ]
            for recurrence in replay(self.client, workload, plan, 1, recurrences)
        ]

    def test_explores_retries_and_settles(self) -> None:
        # From 32 downwards: 16 is cheaper; 8 would need 10 epochs, but is stopped when
        # it has cost more than twice what 16 did, and 16 does its job.
        trainings = self.trainings({8: (10,), 16: (4,), 32: (6,)}, 20)
        self.assertEqual(trainings[0], [(32, 6.0, True)])
        self.assertEqual(trainings[1], [(16, 4.0, True)])
        self.assertEqual(trainings[2], [(8, 9.0, False), (16, 4.0, True)])
        self.assertEqual(trainings[3], [(32, 6.0, True)])
        self.assertEqual(trainings[4:], [[(16, 4.0, True)]] * 16)

    def test_curves_stops_what_it_explores_and_settles(self) -> None:
        # 8 would need 10 epochs. Its trainings are stopped once they cost twice what one
        # with 16 costs.
        trainings = self.trainings({8: (10,), 16: (4,), 32: (6,)}, 20, _CURVES)
        self.assertEqual(trainings[0], [(32, 6.0, True)])
        for recurrence in trainings:
            *stopped, last = recurrence
            self.assertTrue(last[2])
            for size, seconds, converged in stopped:
                self.assertEqual((size, converged), (8, False))
                self.assertLessEqual(seconds, 2 * 4.0)
        self.assertEqual(trainings[-10:], [[(16, 4.0, True)]] * 10)

    def test_gives_up_at_the_last_epoch(self) -> None:
        trainings = self.trainings({16: (None,), 32: (6,)}, 2)
        self.assertEqual(trainings[1], [(16, 10.0, False), (32, 6.0, True)])

    def test_lower_is_better(self) -> None:
        workload = make_workload(
            {8: (3,)}, {(8, 100.0): (1.0, 100.0)}, higher_is_better=False
        )
        (recurrence,) = replay(self.client, workload, _ZEUS, 1, 1)
        self.assertEqual(
            recurrence.trainings, (Training(Choice(8, 100.0), Usage(3, 300), True),)
        )

    def test_the_first_epoch_of_a_size_profiles_power_limits(self) -> None:
        workload = make_workload(
            {8: (3,)}, {(8, 100.0): (1.0, 100.0), (8, 50.0): (1.0, 40.0)}
        )
        first, second = replay(self.client, workload, _BOTH_KNOBS, 1, 2)
        self.assertEqual(
            first.trainings, (Training(Choice(8, 50.0), Usage(3.0, 150.0), True),)
        )
        self.assertEqual(
            second.trainings, (Training(Choice(8, 50.0), Usage(3.0, 120.0), True),)
        )

    def test_what_the_server_is_told(self) -> None:
        workload = make_workload(
            {8: (3,), 16: (4,)},
            {(8, 100.0): (1.0, 100.0), (16, 100.0): (1.0, 100.0)},
            default_batch_size=8,
            target_metric=7.5,
            higher_is_better=False,
            max_epochs=12,
        )
        for policy in (Policy.ZEUS, Policy.CURVES):
            plan = Plan(policy, Knobs.BOTH, Cost(0.25, 100.0), beta=3.0)
            with contextlib.closing(replay(self.client, workload, plan, 5, 1)) as run:
                next(run)
                (job,) = self.client.list_jobs()
            self.assertTrue(job.spec.job_id.startswith("simulate-data-net-opt-"))
            expected = JobSpec(
                job_id=job.spec.job_id,
                job_id_prefix="simulate-data-net-opt",
                batch_sizes=[8, 16],
                default_batch_size=8,
                max_power=100.0,
                number_of_gpus=1,
                gpu_model="none",
                eta_knob=0.25,
                beta_knob=3.0,
                target_metric=7.5,
                higher_is_better_metric=False,
                max_epochs=12,
                mab_seed=5,
                policy=policy,
            )
            for field in dataclasses.fields(expected):
                value = getattr(expected, field.name)
                if value is not None:
                    self.assertEqual(getattr(job.spec, field.name), value, field.name)

    def test_leaves_no_job_behind(self) -> None:
        self.trainings({8: (3,)}, 2)
        with self.assertRaises(NothingConvergedError):
            self.trainings({8: (11,)}, 2)
        with self.assertRaises(SimulationError):
            self.trainings({8: (11,)}, 2, _CURVES)
        self.assertEqual(list(self.client.list_jobs()), [])

    def test_a_server_that_does_not_know_the_policy(self) -> None:
        register_job = self.client.register_job

        def register_as_older_servers_do(spec: JobSpec) -> Registration:
            registration = register_job(spec)
            job = registration.job
            older = dataclasses.replace(job.spec, policy=None)
            return Registration(dataclasses.replace(job, spec=older), True)

        with mock.patch.object(
            self.client, "register_job", register_as_older_servers_do
        ):
            self.trainings({8: (3,)}, 1)
            with self.assertRaises(SimulationError) as caught:
                self.trainings({8: (3,)}, 1, _CURVES)
        self.assertEqual(
            str(caught.exception),
            "the server is too old for the policy CURVES: its jobs follow ZEUS",
        )
        self.assertEqual(list(self.client.list_jobs()), [])

    def test_gives_up_when_the_only_size_ceases_to_converge(self) -> None:
        indices = make_workload({8: tuple(range(100_000))}, {})
        good = {Chance(1).run(indices, recurrence, 1, 8) for recurrence in (1, 2)}
        runs = tuple(3 if index in good else None for index in range(100_000))
        with self.assertRaises(SimulationError) as caught:
            self.trainings({8: runs}, 3)
        self.assertEqual(
            str(caught.exception),
            "data/net/opt: recurrence 3 has not converged in 20 trainings",
        )


class SimulationTest(ServerCase):
    def setUp(self) -> None:
        self.client = self.new_client("--durability=async")
        train, power = read_train_trace(TRAIN), read_power_trace(POWER)
        self.cifar, self.speech = (
            workload_of_traces(name, "V100", train, power)
            for name in (CIFAR, LIBRISPEECH)
        )

    def test_the_same_seed_gives_the_same(self) -> None:
        settings = Settings(
            0.5, 2.0, seeds=[1, 2], policies=[Policy.ZEUS, Policy.CURVES]
        )
        workloads = [self.cifar, self.speech]
        first, second = (
            as_json(simulate(self.client, workloads, settings), settings)
            for _ in range(2)
        )
        self.assertEqual(first, second)
        self.assertEqual(first["policies"], ["ZEUS", "CURVES"])
        self.assertEqual(
            [(each["knobs"], each["policy"]) for each in first["comparisons"][:4]],
            [
                *[("batch size", "ZEUS"), ("batch size", "CURVES")],
                *[("both", "ZEUS"), ("both", "CURVES")],
            ],
        )
        runs = first["comparisons"][0]["runs"]
        self.assertNotEqual(runs[0]["server"], runs[1]["server"])
        self.assertNotEqual(runs[0]["default"], runs[1]["default"])

    def test_saves_energy_on_the_traces_of_the_paper(self) -> None:
        calls: list[None] = []
        settings = Settings(0.5, 2.0, seeds=[1, 2, 3], policies=[Policy.ZEUS])
        size_alone, both = simulate(
            self.client, [self.cifar], settings, lambda: calls.append(None)
        )
        # 2 * 4 sizes * 3 limits.
        self.assertEqual((size_alone.recurrences, both.recurrences), (24, 24))
        self.assertEqual(len(calls), 2 * 3 * 24)
        self.assertEqual(settings.total_recurrences([self.cifar]), len(calls))
        self.assertEqual(size_alone.best, Choice(128, 250.0))
        self.assertEqual(both.best, Choice(128, 100.0))
        # What is settled on is nearly the best; exploration costs something.
        for each in (size_alone, both):
            self.assertLess(each.whole.energy.mean, -0.35)
            self.assertLess(each.last.energy.mean, each.whole.energy.mean)
            self.assertGreater(each.regret_best.mean, 0)
            self.assertGreater(2 * each.regret_best_at_half.mean, each.regret_best.mean)
            self.assertLess(each.regret_default.mean, 0)
        self.assertLess(both.last.energy.mean, size_alone.last.energy.mean - 0.05)
        self.assertAlmostEqual(both.last.energy.mean, -0.74, delta=0.05)

    def test_curves_loses_less_than_zeus_while_it_learns(self) -> None:
        zeus, curves = simulate(
            self.client,
            [self.cifar],
            Settings(
                *(0.5, 2.0, [1, 2, 3]),
                policies=[Policy.ZEUS, Policy.CURVES],
                knobs=[Knobs.BATCH_SIZE],
            ),
        )
        self.assertEqual((zeus.policy, curves.policy), (Policy.ZEUS, Policy.CURVES))
        # Both are compared with the same trainings.
        self.assertEqual(zeus.runs[0].default, curves.runs[0].default)
        self.assertEqual(zeus.runs[0].best, curves.runs[0].best)
        self.assertLess(curves.relative_regret.mean, 0.8 * zeus.relative_regret.mean)
        self.assertEqual(curves.converged.mean, curves.recurrences)

    def test_eta_decides_what_is_saved(self) -> None:
        settings = Settings(
            *(0.0, 2.0, [1, 2, 3]), recurrences=40, policies=[Policy.ZEUS]
        )
        _, fast = simulate(self.client, [self.speech], settings)
        _, frugal = simulate(
            self.client, [self.speech], dataclasses.replace(settings, eta=1.0)
        )
        self.assertEqual(fast.best, Choice(32, 250.0))
        self.assertEqual(frugal.best, Choice(32, 100.0))
        self.assertLess(fast.last.time.mean, frugal.last.time.mean)
        self.assertGreater(fast.last.energy.mean, frugal.last.energy.mean)

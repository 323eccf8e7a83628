"""Tests of recurrences without a server, and of how policies are compared."""

import unittest

from simulation_case import make_workload
from zeus_bso.simulation.comparison import Comparison, Run, Spread, regret, total
from zeus_bso.simulation.fixed import run_fixed
from zeus_bso.simulation.knobs import Knobs
from zeus_bso.simulation.recurrence import Chance, Recurrence, Training
from zeus_bso.simulation.workload import Choice, Cost, Usage
from zeus_bso.types import Policy

_CHOICE = Choice(8, 100.0)
_COST = Cost(0.5, 100.0)


def recurrences(*usages: Usage) -> list[Recurrence]:
    """One training each."""
    return [Recurrence((Training(_CHOICE, usage, True),)) for usage in usages]


class FixedTest(unittest.TestCase):
    def test_trains_until_it_converges(self) -> None:
        workload = make_workload({8: (3, None, 11)}, {(8, 100.0): (2.0, 5.0)})
        simulated = run_fixed(workload, _CHOICE, 1, 300)
        self.assertEqual(len(simulated), 300)
        for recurrence in simulated:
            *failed, last = recurrence.trainings
            self.assertEqual(last, Training(_CHOICE, Usage(6.0, 15.0), True))
            self.assertEqual(
                failed, [Training(_CHOICE, Usage(20.0, 50.0), False)] * len(failed)
            )
        # One in three converges: three trainings are expected, give or take 0.14.
        trainings = sum(len(recurrence.trainings) for recurrence in simulated)
        self.assertAlmostEqual(trainings / 300, 3.0, delta=0.6)

    def test_agrees_with_what_is_expected(self) -> None:
        workload = make_workload({8: (3, 5, None, 10)}, {(8, 100.0): (2.0, 5.0)})
        expected = workload.expected_usage(_CHOICE)
        assert expected is not None
        simulated = total(run_fixed(workload, _CHOICE, 1, 2000))
        self.assertAlmostEqual(simulated.joules / 2000 / expected.joules, 1, delta=0.06)

    def test_never_converges(self) -> None:
        workload = make_workload({8: (None, 11)}, {(8, 100.0): (2.0, 5.0)})
        with self.assertRaises(ValueError):
            run_fixed(workload, _CHOICE, 1, 1)

    def test_chance(self) -> None:
        runs = tuple(range(1, 1001))
        workload = make_workload({8: runs, 16: runs}, {})
        draws = {
            Chance(seed).run(workload, recurrence, attempt, size)
            for seed in (1, 2)
            for recurrence in (1, 2)
            for attempt in (1, 2)
            for size in (8, 16)
        }
        self.assertGreater(len(draws), 14)  # Of 16 different ones.
        self.assertEqual(
            Chance(1).run(workload, 1, 1, 8), Chance(1).run(workload, 1, 1, 8)
        )


class ComparisonTest(unittest.TestCase):
    def test_regret(self) -> None:
        mine = recurrences(Usage(1, 100), Usage(2, 200), Usage(3, 100))
        other = recurrences(Usage(1, 100), Usage(1, 100), Usage(4, 100))
        self.assertEqual(regret(_COST, mine, other), [0.0, 100.0, 50.0])
        with self.assertRaises(ValueError):
            regret(_COST, mine, other[:2])

    def test_spread(self) -> None:
        self.assertEqual(Spread.of([4.0]), Spread(4.0, 0.0))
        self.assertEqual(Spread.of([1.0, 2.0, 3.0]), Spread(2.0, 1.0))

    def test_comparison(self) -> None:
        """Seven recurrences; the default takes 1 s and 100 J in each."""
        workload = make_workload({8: (1,)}, {(8, 100.0): (1.0, 100.0)})
        default = recurrences(*[Usage(1, 100)] * 7)
        best = recurrences(*[Usage(1, 40)] * 7)
        first = [Usage(2, 200)] * 2 + [Usage(1, 50)] * 5
        second = [Usage(2, 200)] * 2 + [Usage(0.8, 70)] * 5
        runs = [
            Run(1, recurrences(*first), default, best),
            Run(2, recurrences(*second), default, best),
        ]
        comparison = Comparison(
            workload, Policy.CURVES, Knobs.BOTH, _COST, _CHOICE, runs
        )
        self.assertEqual(comparison.recurrences, 7)
        self.assertEqual(comparison.trainings, Spread(7.0, 0.0))
        self.assertEqual(comparison.converged, Spread(7.0, 0.0))
        # 650 and 750 of 700 J; 9 and 8 of 7 s.
        self.assertAlmostEqual(comparison.whole.energy.mean, 0.0)
        self.assertAlmostEqual(comparison.whole.energy.deviation, 0.10102, places=5)
        self.assertAlmostEqual(comparison.whole.time.mean, 8.5 / 7 - 1)
        # 250 and 350 of 500 J; 5 and 4 of 5 s.
        self.assertAlmostEqual(comparison.last.energy.mean, -0.4)
        self.assertAlmostEqual(comparison.last.time.mean, -0.1)
        self.assertAlmostEqual(comparison.whole_of_best.energy.mean, -0.6)
        # Costs: server 775 and 775, default 700, best 490 J.
        self.assertAlmostEqual(comparison.regret_default.mean, 75.0)
        self.assertAlmostEqual(comparison.regret_default.deviation, 0.0)
        self.assertAlmostEqual(comparison.regret_best.mean, 285.0)
        # The best fixed choice is expected to cost 100 J.
        self.assertAlmostEqual(comparison.best_cost, 100.0)
        self.assertAlmostEqual(comparison.relative_regret.mean, 2.85)
        # After four: 400 + 150 and 400 + 150, best 280.
        self.assertAlmostEqual(comparison.regret_best_at_half.mean, 270.0)


if __name__ == "__main__":
    unittest.main()

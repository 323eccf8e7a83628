"""What the server's choices took, beside the default and the best fixed choice."""

import itertools
import statistics
from dataclasses import dataclass
from typing import Sequence

from zeus_bso.simulation.knobs import Knobs
from zeus_bso.simulation.recurrence import Recurrence
from zeus_bso.simulation.workload import Choice, Cost, Usage, Workload
from zeus_bso.types import Policy

# What a policy has settled on is judged by so many recurrences, as in the paper.
LAST = 5


@dataclass(frozen=True)
class Run:
    """One seed. All three have the same number of recurrences and the same chance."""

    seed: int
    server: Sequence[Recurrence]
    default: Sequence[Recurrence]
    """The default batch size at the greatest power limit."""
    best: Sequence[Recurrence]
    """The best fixed choice."""

    @property
    def trainings(self) -> int:
        """How many the server's choices needed."""
        return sum(len(recurrence.trainings) for recurrence in self.server)

    @property
    def converged(self) -> int:
        """How many of these trainings converged."""
        return sum(
            training.converged
            for recurrence in self.server
            for training in recurrence.trainings
        )


def total(recurrences: Sequence[Recurrence]) -> Usage:
    """What they took together."""
    return sum((recurrence.usage for recurrence in recurrences), Usage())


def regret(
    cost: Cost, policy: Sequence[Recurrence], other: Sequence[Recurrence]
) -> list[float]:
    """How much more a policy has cost than another after each recurrence, in joules."""
    return list(
        itertools.accumulate(
            cost.of(mine.usage) - cost.of(its.usage)
            for mine, its in zip(policy, other, strict=True)
        )
    )


@dataclass(frozen=True)
class Spread:
    """A number over the seeds."""

    mean: float
    deviation: float
    """Sample standard deviation; 0 for a single seed."""

    @staticmethod
    def of(values: Sequence[float]) -> "Spread":
        """Of at least one number."""
        deviation = statistics.stdev(values) if len(values) > 1 else 0.0
        return Spread(statistics.fmean(values), deviation)


@dataclass(frozen=True)
class Change:
    """From the default to the server's choices, as a fraction: -0.2 is 20 % less."""

    energy: Spread
    time: Spread

    @staticmethod
    def of(pairs: Sequence[tuple[Usage, Usage]]) -> "Change":
        """From the second to the first of each pair."""
        return Change(
            Spread.of([new.joules / old.joules - 1 for new, old in pairs]),
            Spread.of([new.seconds / old.seconds - 1 for new, old in pairs]),
        )


@dataclass(frozen=True)
class Comparison:
    """One workload, with one policy and kind of knobs, over all seeds."""

    workload: Workload
    policy: Policy
    """Of the server."""
    knobs: Knobs
    cost: Cost
    best: Choice
    """The best fixed choice."""
    runs: Sequence[Run]

    @property
    def recurrences(self) -> int:
        """Of each run."""
        return len(self.runs[0].server)

    @property
    def trainings(self) -> Spread:
        """Of a run."""
        return Spread.of([run.trainings for run in self.runs])

    @property
    def converged(self) -> Spread:
        """Trainings of a run that converged."""
        return Spread.of([run.converged for run in self.runs])

    @property
    def energy(self) -> Spread:
        """Of all recurrences with the server's choices, in joules."""
        return Spread.of([total(run.server).joules for run in self.runs])

    @property
    def time(self) -> Spread:
        """Of all recurrences with the server's choices, in seconds."""
        return Spread.of([total(run.server).seconds for run in self.runs])

    @property
    def whole(self) -> Change:
        """Over all recurrences, exploration included."""
        return Change.of([(total(run.server), total(run.default)) for run in self.runs])

    @property
    def last(self) -> Change:
        """Over the last LAST recurrences."""
        return Change.of(
            [
                (total(run.server[-LAST:]), total(run.default[-LAST:]))
                for run in self.runs
            ]
        )

    @property
    def whole_of_best(self) -> Change:
        """As whole, for the best fixed choice in place of the server's."""
        return Change.of([(total(run.best), total(run.default)) for run in self.runs])

    @property
    def regret_default(self) -> Spread:
        """Of the server's choices against the default, in joules."""
        return self._regret([run.default for run in self.runs], self.recurrences)

    @property
    def regret_best(self) -> Spread:
        """Of the server's choices against the best fixed choice, in joules."""
        return self._regret([run.best for run in self.runs], self.recurrences)

    @property
    def best_cost(self) -> float:
        """Expected cost of one recurrence with the best fixed choice, in joules."""
        usage = self.workload.expected_usage(self.best)
        assert usage is not None  # Else it were not the best.
        return self.cost.of(usage)

    @property
    def relative_regret(self) -> Spread:
        """As regret_best, in multiples of best_cost."""
        return Spread.of(self.relative_regrets)

    @property
    def relative_regrets(self) -> Sequence[float]:
        """As relative_regret, of each run."""
        return [
            regret(self.cost, run.server, run.best)[-1] / self.best_cost
            for run in self.runs
        ]

    @property
    def regret_best_at_half(self) -> Spread:
        """As regret_best, after half of the recurrences."""
        return self._regret(
            [run.best for run in self.runs], (self.recurrences + 1) // 2
        )

    def _regret(self, others: Sequence[Sequence[Recurrence]], after: int) -> Spread:
        return Spread.of(
            [
                regret(self.cost, run.server, other)[after - 1]
                for run, other in zip(self.runs, others)
            ]
        )

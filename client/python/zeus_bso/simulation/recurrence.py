"""Trainings that were simulated, and the chance in them."""

from dataclasses import dataclass

import numpy

from zeus_bso.errors import ZeusBsoError
from zeus_bso.simulation.workload import Choice, Usage, Workload

# A job that does not converge in so many trainings is given up, as in Zeus' simulator.
MAX_TRAININGS = 20


class SimulationError(ZeusBsoError, RuntimeError):
    """The simulation cannot go on."""


@dataclass(frozen=True)
class Training:
    """One training, to its target or to where it was stopped."""

    choice: Choice
    usage: Usage
    converged: bool


@dataclass(frozen=True)
class Recurrence:
    """Trainings one after another, until one converged: only the last one did."""

    trainings: tuple[Training, ...]

    @property
    def usage(self) -> Usage:
        """Of all its trainings."""
        return sum((training.usage for training in self.trainings), Usage())


@dataclass(frozen=True)
class Chance:
    """Which run of the trace a training follows.

    The same for everybody who trains with this batch size then, whatever went before:
    so policies can be compared recurrence by recurrence.
    """

    seed: int

    def run(
        self, workload: Workload, recurrence: int, attempt: int, batch_size: int
    ) -> int | None:
        """After how many epochs the training reaches the target. None: never."""
        runs = workload.runs[batch_size]
        key = (self.seed, recurrence, attempt, batch_size)
        return runs[int(numpy.random.default_rng(key).integers(len(runs)))]

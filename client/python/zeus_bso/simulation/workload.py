"""A recurring training, as traces know it."""

from dataclasses import dataclass
from typing import Mapping


@dataclass(frozen=True)
class Usage:
    """What a training takes."""

    seconds: float = 0.0
    joules: float = 0.0

    def __add__(self, other: "Usage") -> "Usage":
        return Usage(self.seconds + other.seconds, self.joules + other.joules)

    def __mul__(self, factor: float) -> "Usage":
        return Usage(self.seconds * factor, self.joules * factor)


@dataclass(frozen=True)
class Cost:
    """The cost of the server and the paper, in joules.

    eta * energy + (1 - eta) * max_power * time.
    """

    eta: float
    """Weight of energy against time, in [0, 1]."""
    max_power: float
    """The greatest power limit of the GPU, in watts."""

    def of(self, usage: Usage) -> float:
        """In joules."""
        return self.eta * usage.joules + (1 - self.eta) * self.max_power * usage.seconds


@dataclass(frozen=True)
class Choice:
    """What a training runs with."""

    batch_size: int
    power_limit: float
    """In watts."""


@dataclass(frozen=True)
class Workload:
    """A recurring training on one GPU model."""

    name: str
    """dataset/network/optimizer."""
    gpu: str
    max_power: float
    """The greatest power limit, in watts."""
    default_batch_size: int
    target_metric: float
    higher_is_better: bool
    max_epochs: int
    """A training that has not reached the target then is given up."""
    runs: Mapping[int, tuple[int | None, ...]]
    """By batch size, ascending: after how many epochs each run of the trace reached the
    target; None: never."""
    epochs: Mapping[Choice, Usage]
    """What one epoch takes. Each batch size of runs has max_power, and as many other
    power limits as the trace."""

    @property
    def batch_sizes(self) -> tuple[int, ...]:
        """Ascending."""
        return tuple(self.runs)

    @property
    def power_limits(self) -> tuple[float, ...]:
        """Ascending, in watts."""
        return tuple(sorted({choice.power_limit for choice in self.epochs}))

    def choices(self, batch_size: int) -> list[Choice]:
        """Those of one batch size, power limit descending."""
        return [
            choice
            for limit in reversed(self.power_limits)
            if (choice := Choice(batch_size, limit)) in self.epochs
        ]

    @property
    def default(self) -> Choice:
        """What one would run without the server and without power limits."""
        return Choice(self.default_batch_size, self.max_power)

    def converges(self, run_epochs: int | None) -> bool:
        """Whether a run that reaches the target after so many epochs gets so far."""
        return run_epochs is not None and run_epochs <= self.max_epochs

    def expected_usage(self, choice: Choice) -> Usage | None:
        """Of one recurrence with this choice: trainings until one converges.

        If each training takes one of the runs at random, it is the mean usage of a
        training over the share of runs that converge. None: no run does.
        """
        runs = self.runs[choice.batch_size]
        converging = sum(map(self.converges, runs))
        if not converging:
            return None
        epochs = sum(
            run if run is not None and self.converges(run) else self.max_epochs
            for run in runs
        )
        return self.epochs[choice] * (epochs / converging)

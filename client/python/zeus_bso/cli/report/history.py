"""What a report is about: a job, its arms and its trials, and what follows from them."""

from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from statistics import fmean, stdev
from typing import Sequence

from zeus_bso.cli.costs import cost
from zeus_bso.types import Arm, EndReason, Job, Stage, Trial, TrialStatus


@dataclass(frozen=True)
class Run:
    """A trial that has a result."""

    trial: Trial
    cost: float
    """In joules."""
    time_seconds: float
    energy_joules: float
    converged: bool
    end_time: datetime

    @property
    def number(self) -> int:
        return self.trial.trial_number

    @property
    def batch_size(self) -> int:
        return self.trial.batch_size


@dataclass(frozen=True)
class History:
    """As fetched; immutable. Trials that are void count in nothing but `trials`."""

    job: Job
    arms: tuple[Arm, ...]
    """Batch size ascending; none before the stage MAB, and none without stages."""
    trials: tuple[Trial, ...]
    """By trial number, also those that are void."""

    @cached_property
    def counted(self) -> Sequence[Trial]:
        """Those that are not void, by trial number."""
        return [each for each in self.trials if each.voided is None]

    @property
    def num_void(self) -> int:
        return len(self.trials) - len(self.counted)

    @cached_property
    def batch_sizes(self) -> Sequence[int]:
        """Those of the job, and those that were removed after a trial; ascending."""
        tried = {each.batch_size for each in self.trials}
        return sorted(tried.union(self.job.spec.batch_sizes))

    @cached_property
    def runs(self) -> Sequence[Run]:
        """By trial number."""
        return [each for trial in self.counted if (each := _run(self.job, trial))]

    @cached_property
    def converged(self) -> Sequence[Run]:
        return [each for each in self.runs if each.converged]

    @cached_property
    def unconverged(self) -> Sequence[Run]:
        return [each for each in self.runs if not each.converged]

    @cached_property
    def failed(self) -> Sequence[Trial]:
        return [each for each in self.counted if each.status is TrialStatus.FAILED]

    @cached_property
    def best(self) -> Run | None:
        """The cheapest that converged."""
        if not self.converged:
            return None
        return min(self.converged, key=lambda run: run.cost)

    @cached_property
    def default_costs(self) -> Sequence[float]:
        """Of the trainings with the default batch size that converged."""
        default = self.job.spec.default_batch_size
        return [each.cost for each in self.converged if each.batch_size == default]

    @property
    def has_arms(self) -> bool:
        """Whether the job's policy has stages and arms."""
        return self.job.stage is not Stage.NONE

    def bounds(self) -> tuple[Sequence[int], Sequence[float]]:
        """Trial numbers, and the cost at which each of those was stopped.

        With arms, it is beta_knob times the least cost of those that had converged when
        the trial started; else the limit that the trial recorded. Trials without a bound
        are left out.
        """
        if not self.has_arms:
            return self._recorded_bounds()
        beta = self.job.spec.beta_knob
        if beta is None:
            return [], []
        numbers, bounds = [], []
        ends = sorted(self.converged, key=lambda run: run.end_time)
        least, done = float("inf"), 0
        for trial in self.counted:
            while done < len(ends) and ends[done].end_time <= trial.start_time:
                least = min(least, ends[done].cost)
                done += 1
            if done:
                numbers.append(trial.trial_number)
                bounds.append(beta * least)
        return numbers, bounds

    def _recorded_bounds(self) -> tuple[Sequence[int], Sequence[float]]:
        bounds = {
            trial.trial_number: trial.cost_limit
            for trial in self.counted
            # There, the rest of the training was compared with it, not its cost so far.
            if trial.end_reason is not EndReason.DEARER_THAN_STARTING_OVER
            and trial.cost_limit is not None
        }
        return list(bounds), list(bounds.values())


@dataclass(frozen=True)
class Estimate:
    """A mean of a few values."""

    mean: float
    error: float | None
    """Its standard error. None: there is only one value."""
    count: int


def estimate(values: Sequence[float]) -> Estimate | None:
    """None: there are no values."""
    if not values:
        return None
    error = stdev(values) / len(values) ** 0.5 if len(values) > 1 else None
    return Estimate(fmean(values), error, len(values))


def _run(job: Job, trial: Trial) -> Run | None:
    time, energy, end = trial.time_seconds, trial.energy_joules, trial.end_time
    if time is None or energy is None or end is None:
        return None
    return Run(
        trial,
        cost(job.spec, time, energy),
        time_seconds=time,
        energy_joules=energy,
        converged=bool(trial.converged),
        end_time=end,
    )

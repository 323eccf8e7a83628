"""What the server notices about a job: warnings, results and a summary. Immutable."""

import enum
from dataclasses import dataclass
from datetime import datetime


class WarningReason(enum.Enum):
    """Why a job has a warning. docs/concepts.md says what to do about each."""

    UNSPECIFIED = 0
    """One that this version of the client does not know."""
    NOT_CONVERGING = 1
    """At least 3 results in a row did not converge."""
    NOTHING_LEFT = 2
    """No batch size is left. Policy.CURVES: all of them rest. Policy.ZEUS: start_trial
    raises NoBatchSizeLeftError or NothingConvergedError."""
    NO_ENERGY = 3
    """Energy was 0 in at least 5 results in a row, although JobSpec.eta_knob is greater
    than 0."""
    COSTS_CHANGED = 4
    """Policy.CURVES: within the last 10 results, the policy found that an epoch costs
    something else than before, at all batch sizes."""
    LONG_TRIAL = 5
    """A trial has been running for more than 3 days."""
    EPOCHS_MISSING = 6
    """The latest result has no epochs: its reports named none."""
    SIZE_RESTS = 7
    """A batch size keeps failing. Policy.CURVES does not try it for now, Policy.ZEUS does
    not try it any more. A size that does not fit into memory causes no warning."""
    BETA_TOO_LOW = 8
    """JobSpec.beta_knob is below 1.2, so that trials at the best batch size are stopped
    too."""


@dataclass(frozen=True)
class JobWarning:
    """Something about a job that somebody should look at."""

    reason: WarningReason
    message: str
    """What is the case, in a sentence."""
    advice: str
    """What to do about it, in a sentence or two."""
    since: datetime
    """When the server found it first, in UTC. It has been the case ever since, as far as
    the server has looked."""
    batch_size: int | None = None
    """The size that SIZE_RESTS is about. None with other reasons."""
    trial_number: int | None = None
    """The trial that LONG_TRIAL is about. None with other reasons."""


@dataclass(frozen=True)
class LatestResults:
    """How the latest trials of a job ended."""

    last_trial_number: int
    """The trial that ended last, in whatever way."""
    last_end_time: datetime | None
    """When it ended, in UTC."""
    num_not_converged: int
    """How many of the trials that ended last did not converge. Trials that were cancelled
    do not count."""
    num_without_energy: int
    """How many of the trials that ended last had an energy of 0 J. Trials whose energy is
    not known do not count."""
    epochs_missing: bool
    """The latest result has no epochs."""


@dataclass(frozen=True)
class Saving:
    """What a training at the best size saves against one at the default size.

    As a share of the latter: 0.3 is 30 % less, a negative number is more.
    """

    median: float
    low: float
    """The saving lies between this and the next with a probability of 90 %."""
    high: float


@dataclass(frozen=True)
class JobSummary:
    """What was known of a job after one of its trials.

    The server computes it in the background, soon after a trial has ended. Where many
    trials end at a time it may be late: last_trial_number says which trials it knows.
    """

    last_trial_number: int
    """The trial that had ended last."""
    last_end_time: datetime
    """When it ended, in UTC."""
    best_batch_size: int | None
    """The size of least cost, as the policy believed. None: none had converged, or
    Policy.ZEUS was in Stage.PRUNING."""
    best_probability: float
    """The probability that it costs least, in [0, 1]. 0 while there is none."""
    cost_saving: Saving | None
    """Of a training at the best size against one at the default size. None until both had
    converged; the next two also until both had been timed."""
    time_saving: Saving | None
    energy_saving: Saving | None
    num_warnings: int
    """How many warnings the job had."""

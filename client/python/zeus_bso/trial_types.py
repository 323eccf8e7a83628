"""Trials as the server keeps them, and what it answers to their reports. Immutable."""

import enum
from dataclasses import dataclass
from datetime import datetime, timedelta


class TrialType(enum.Enum):
    """Why a trial was started."""

    UNSPECIFIED = 0
    """One that this version of the client does not know."""
    EXPLORATION = 1
    """In PRUNING: finds out whether its size converges, and at what cost."""
    CONCURRENT = 2
    """In PRUNING: another trial is finding out; this one runs the best size so far."""
    MAB = 3
    """In MAB: its size was picked by the bandit."""
    FIRST = 4
    """Policy.CURVES: no size has converged yet."""
    BEST = 5
    """Policy.CURVES: it runs the best size known."""
    EXPLORE = 6
    """Policy.CURVES: it explores another size than the best one known."""


class TrialStatus(enum.Enum):
    """Where a trial stands. It starts as DISPATCHED and changes once."""

    UNSPECIFIED = 0
    """One that this version of the client does not know."""
    DISPATCHED = 1
    """Running: no result yet."""
    SUCCEEDED = 2
    """Ended with a result, whether the training converged or not."""
    FAILED = 3
    """Ended without a result."""


class TrialFailure(enum.Enum):
    """How a trial failed."""

    UNSPECIFIED = 0
    """It did not fail, or nobody knows how."""
    FAILED = 1
    """The training broke off. Policy.ZEUS: counts towards max_failures_per_batch_size.
    Policy.CURVES: a size that keeps failing rests for a while."""
    INFEASIBLE = 2
    """The size does not fit into memory. Policy.ZEUS: neither it nor a greater one is
    offered again, until reset_batch_size. Policy.CURVES: they rest for a while."""
    CANCELLED = 3
    """Somebody stopped it. Says nothing about the batch size."""
    TIMED_OUT = 4
    """The server received neither a report nor a heartbeat for too long. Counts as FAILED,
    unless a late result replaces the failure: see Trial.late."""
    NOT_CONVERGED = 5
    """The training loop ended by itself, before the target and before max_epochs.
    Policy.CURVES learns that the size needs more epochs; for Policy.ZEUS it counts as
    FAILED."""


class EndReason(enum.Enum):
    """Why a report ended a trial."""

    UNSPECIFIED = 0
    """No report has ended it, or the server recorded no reason."""
    TARGET_REACHED = 1
    """The metric reached the target; for Policy.ZEUS, at a cost within the limit."""
    MAX_EPOCHS_DONE = 2
    """The training did not reach the target within max_epochs."""
    COST_OVER_LIMIT = 3
    """The cost so far exceeded Trial.cost_limit: for Policy.ZEUS, beta_knob times the
    least cost of the job."""
    NEXT_EPOCH_OVER_LIMIT = 4
    """Policy.CURVES: one more epoch would have exceeded Trial.cost_limit."""
    DEARER_THAN_STARTING_OVER = 5
    """Policy.CURVES: the rest was expected to cost more than a whole training at the
    best size."""
    SLOWER_THAN_ANOTHER = 6
    """Policy.CURVES, a trial of type FIRST: another size has converged meanwhile, and
    this trial is over Trial.cost_limit."""


@dataclass(frozen=True)
class TrialProgress:
    """How far a trial has come."""

    epochs: int
    """Epochs done."""
    time_seconds: float
    """Of the run so far."""
    energy_joules: float
    """Of the run so far."""
    metric: float | None = None
    """After the last epoch; may be NaN. None: not known."""
    first_epoch_cost: float | None = None
    """The cost at the report of epoch 1, in joules. None: not known."""


@dataclass(frozen=True)
class CurvesTicket:
    """What Policy.CURVES believed when a trial started.

    It decides when to stop the trial. Logarithms are natural, costs are in joules.
    """

    reference_cost: float
    """Of a training at the best size. 0 for the type FIRST."""
    log_epochs: float
    """Log of the epochs to the target that the pick hoped for. 0 for the type FIRST."""
    mean: float
    """Believed log of the epochs to the target."""
    sd: float
    """Its standard deviation, greater than 0."""
    log_cost: float
    """Believed log of the cost of an epoch."""
    escalation: int
    """How many trials at the best size had failed to converge in a row, in [0, 16]."""
    known_cost: float | None
    """Log of the cost of an epoch. None: the size has not been timed."""
    jump: float
    """A log epoch cost that differs from known_cost by more is another machine's."""


@dataclass(frozen=True)
class TrialVoid:
    """Why a trial does not count."""

    reason: str
    """As given to void_trial."""
    time: datetime
    """In UTC."""


@dataclass(frozen=True)
class Trial:
    """One training run of a job with one batch size."""

    job_id: str
    trial_number: int
    """1, 2, 3, ... within the job."""
    batch_size: int
    type: TrialType
    status: TrialStatus
    start_time: datetime
    """In UTC."""
    end_time: datetime | None
    """In UTC. None: it is running."""
    time_seconds: float | None
    """Of the whole run. None, as the next two, unless status is SUCCEEDED."""
    energy_joules: float | None
    converged: bool | None
    failure: TrialFailure
    client_id: str
    """Who started it; empty: nobody said."""
    end_reason: EndReason = EndReason.UNSPECIFIED
    """Why a report ended it."""
    last_metric: float | None = None
    """Of the report that ended it; may be NaN. None, as the next one, where end_reason
    is UNSPECIFIED."""
    epochs: int | None = None
    """How many the run had done at that report."""
    cost_limit: float | None = None
    """The limit on its cost at that report, in joules. None: there was none."""
    expected_rest: float | None = None
    """What the trial was expected to cost from that report to its target, in joules.
    Present with DEARER_THAN_STARTING_OVER, else None."""
    limit_batch_size: int | None = None
    """The best size at that report, if cost_limit follows from its cost. None for
    Policy.ZEUS."""
    progress: TrialProgress | None = None
    """The last report that the server knows of, also of a trial that failed. Of a
    running trial it may be many reports old. None: no report is known."""
    end_revision: int | None = None
    """How many commits had changed the job when the trial ended, its end included: the
    order in which trials ended. None: it is running, or ended on an older server."""
    curves_ticket: CurvesTicket | None = None
    """Present for the types of Policy.CURVES, else None."""
    job_uid: int = 0
    """Names the registration of the job, as Event.job_uid. 0: the server is older."""
    late: bool = False
    """The result arrived after the trial had timed out, and replaced that failure."""
    voided: TrialVoid | None = None
    """Why and since when the trial does not count. None: it counts."""
    heartbeat_interval: timedelta | None = None
    """How often heartbeats come, as the last one stated. None: none stated it."""


@dataclass(frozen=True)
class StartedTrial:
    """What start_or_resume answers."""

    trial: Trial
    resume_from: TrialProgress | None
    """The last report that the server received of the trial that the client_id is running.
    None: the trial is new, nothing was reported, or the server is older."""


@dataclass(frozen=True)
class ReportBase:
    """What a trial had done before its training was started again.

    The server adds it to the numbers of a report, which count from 0 again.
    """

    epochs: int
    """0 where the training goes on counting its epochs where it was."""
    time_seconds: float
    energy_joules: float


@dataclass(frozen=True)
class TrialResult:
    """The result of a trial that succeeded."""

    trial_number: int
    time_seconds: float
    energy_joules: float
    converged: bool


@dataclass(frozen=True)
class Verdict:
    """What the server says to a report."""

    stop_train: bool
    """The trial has ended: stop training."""
    converged: bool
    """Whether the training converged. False while stop_train is False."""
    message: str
    """Why, for people: a sentence with the numbers that decided."""
    end_reason: EndReason = EndReason.UNSPECIFIED
    """Why, for programs. UNSPECIFIED while stop_train is False."""

"""The things that the server keeps, as plain Python values.

Units, everywhere: time in seconds, energy in joules, power in watts, cost in joules.
Everything here is immutable, and so safe for threads.
"""

import enum
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Sequence


class Policy(enum.Enum):
    """How a job chooses batch sizes and stops trials."""

    UNSPECIFIED = 0
    """One that this version of the client does not know."""
    ZEUS = 1
    """Zeus' policy: pruning, then a Gaussian Thompson sampling bandit that treats each
    size on its own. Up to 1024 sizes."""
    CURVES = 2
    """Two curves over the batch size, epochs to the target and cost of an epoch, learned
    from all trials together. Up to 256 sizes."""


class Stage(enum.Enum):
    """The part of Policy.ZEUS that chooses the batch size of the next trial."""

    UNSPECIFIED = 0
    """One that this version of the client does not know."""
    PRUNING = 1
    """Sizes are tried one by one; those that do not converge are dropped."""
    MAB = 2
    """Gaussian Thompson sampling over the sizes that survived."""
    NONE = 3
    """The job follows another policy, which has no stages."""


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
    offered again. Policy.CURVES: they rest for a while."""
    CANCELLED = 3
    """Somebody stopped it. Says nothing about the batch size."""
    TIMED_OUT = 4
    """Nothing was heard from it for the trial_timeout. Counts as FAILED."""
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


@dataclass(frozen=True, kw_only=True)
class JobSpec:
    """What the user says about a recurring training job; never changes afterwards.

    The defaults are the server's and, by the same names, those of Zeus' JobSpec. The
    bounds are checked by the server, which names every field that is wrong.
    """

    job_id: str = ""
    """Begins with job_id_prefix. Empty, or None: the server makes
    "<job_id_prefix>-<8 digits>"."""
    job_id_prefix: str = ""
    """Needed where job_id is empty."""
    batch_sizes: Sequence[int]
    """To choose from: 1 to 1024, at most 256 with Policy.CURVES; distinct, each in
    [1, 2^40]."""
    default_batch_size: int
    """The size to try first: the one that would be used without the server."""
    max_power: float = 0.0
    """Power limit of all GPUs together, in watts. This and the next two must be given,
    except to a BatchSizeOptimizer, whose monitor knows them."""
    number_of_gpus: int = 0
    gpu_model: str = ""
    eta_knob: float = 0.5
    """Weight of energy against time in the cost, in [0, 1]."""
    beta_knob: float | None = 2.0
    """A trial is stopped once it costs this many times the least cost, or with
    Policy.CURVES what a training at the best size costs. None: never for its cost."""
    target_metric: float = 0.5
    """The metric at which a training has converged. The server tolerates float32
    rounding: a metric may miss it by 1e-6 of it."""
    higher_is_better_metric: bool = True
    """Whether it must be reached from below."""
    max_epochs: int = 100
    """A training that has not converged then has failed to."""
    num_pruning_rounds: int = 2
    """How often each size is tried before the bandit takes over."""
    window_size: int = 0
    """How many of its latest results an arm is fit on; 0: all."""
    mab_prior_mean: float = 0.0
    """Mean of the prior over the reward (-cost), in joules."""
    mab_prior_precision: float = 0.0
    """Its precision, in 1 / joules^2; 0: a flat prior."""
    mab_num_explorations: int = 2
    """How often the bandit tries each size before it draws."""
    mab_seed: int | None = None
    """The same seed and calls give the same decisions. None: not repeatable."""
    trial_timeout: timedelta | None = None
    """A trial that is silent for so long fails; 0: never. None: as the server says."""
    max_failures_per_batch_size: int = 3
    """A size that fails so often in a row is not offered; 0: no limit."""
    policy: Policy | None = None
    """How to choose and stop. None: that of the registered job, whichever it is; for a
    new job the server's --default_policy (ZEUS for more than 256 sizes, and where
    create_job makes it). In a Job, None: the server knows no policies but Zeus'.
    CURVES ignores num_pruning_rounds, window_size, max_failures_per_batch_size and mab_*
    except mab_seed."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "batch_sizes", tuple(self.batch_sizes))
        object.__setattr__(self, "job_id", self.job_id or "")


@dataclass(frozen=True)
class GeneratorState:
    """State of a PCG64 generator, as NumPy's PCG64.state shows it."""

    state: int
    inc: int
    has_uint32: bool
    uinteger: int


@dataclass(frozen=True)
class BatchSizeFailures:
    """How a batch size of a job fails."""

    batch_size: int
    num_failures: int
    """Trials that failed or timed out since the last one with a result."""
    infeasible: bool
    """The size cannot run at all, and so no greater one can."""


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


@dataclass(frozen=True)
class Job:
    """A registered job.

    Two jobs are equal if all but their summaries are: the server computes a summary at any
    time, so that the same job may have it or not.
    """

    spec: JobSpec
    stage: Stage
    """NONE, unless the job follows Policy.ZEUS."""
    exp_default_batch_size: int
    """Starts as spec.default_batch_size; only update_exp_default_batch_size changes it,
    in jobs of Policy.ZEUS."""
    min_cost: float | None
    """Least cost of a converged trial, in joules. None: nothing has converged yet."""
    min_cost_batch_size: int
    """The size that had min_cost, else the default."""
    create_time: datetime
    """In UTC."""
    generator_state: GeneratorState | None
    """None: the job has no mab_seed."""
    failures: tuple[BatchSizeFailures, ...]
    """Batch size ascending. Empty, unless the job follows Policy.ZEUS."""
    num_running_trials: int
    warm_start: str = ""
    """The job whose knowledge this one started with. Empty: none, or the server is older
    and knows no warm starts."""
    warnings: tuple[JobWarning, ...] = ()
    """What somebody should look at, by reason, then by batch size. The server renews them
    when the job is registered and whenever a trial starts or ends. Empty also where the
    server is older and knows no warnings."""
    latest_results: LatestResults | None = None
    """None: no trial has ended, or the server is older."""
    summary: JobSummary | None = field(default=None, compare=False)
    """Set by list_jobs, get_job and the events of watch_job. None elsewhere, until it is
    computed after a first trial has ended, and where the server is older. Takes no part in
    comparisons."""


@dataclass(frozen=True)
class Registration:
    """What register_job answers."""

    job: Job
    created: bool
    """False: it had been registered before, with the same specification."""


@dataclass(frozen=True)
class EpochProfile:
    """One epoch that was timed beforehand, for profile_job.

    Time and energy make a cost greater than 0.
    """

    batch_size: int
    """One of the job's sizes."""
    seconds: float
    """Time of one epoch after the first, in [0, 1e50]."""
    joules: float
    """Its energy, in [0, 1e50]."""
    relative_error: float | None = None
    """Standard deviation of the cost, divided by it, in [0.001, 1]. None: 0.03."""


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


@dataclass(frozen=True)
class Arm:
    """What the bandit believes about one batch size: a posterior over its reward."""

    job_id: str
    batch_size: int
    param_mean: float = 0.0
    """Posterior mean, in joules; negative, as a reward is -cost."""
    param_precision: float = 0.0
    """Posterior precision, in 1 / joules^2; infinite: the results did not vary."""
    reward_precision: float = 0.0
    """Precision of a single reward, in 1 / joules^2."""
    num_observations: int = 0
    """How many results it was fit on."""


@dataclass(frozen=True)
class TrialResult:
    """The result of a trial that succeeded."""

    trial_number: int
    time_seconds: float
    energy_joules: float
    converged: bool

"""Jobs as the server keeps them, and what calls about them answer. Immutable."""

import enum
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from zeus_bso.notice_types import JobSummary, JobWarning, LatestResults
from zeus_bso.spec_types import JobSpec

IfExists = Literal["fail", "keep", "update"]
"""What register_job does if a job of this job_id has another specification: "fail" raises
JobExistsError, "keep" leaves the job unchanged, and "update" changes the fields that
differ, as update_job does."""


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


@dataclass(frozen=True)
class TrialHistory:
    """Where the history of a job begins, if the server keeps a bounded number of trials.

    The server deleted the oldest trials, and keeps what they taught.
    """

    begin: int
    """Every trial from this number on is kept. Of those before, only the ones that run, and
    the ones that Policy.ZEUS still needs."""
    num_collected: int
    """How many trials were deleted."""


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
    """Starts as spec.default_batch_size, and follows it when update_job changes it, unless
    update_exp_default_batch_size has set another one, in jobs of Policy.ZEUS."""
    min_cost: float | None
    """Least cost of a converged trial that counts, in joules. None: nothing has converged
    yet, or not since update_job changed the target."""
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
    num_corrections: int = 0
    """How often update_job, void_trial and reset_batch_size have corrected the job, plus
    how often the server has learned its beliefs anew for one of them. 0 where the server
    is older."""
    is_learning_anew: bool = False
    """The server is learning the beliefs anew, in the background. Until then the job goes
    on with the old ones."""
    history: TrialHistory | None = None
    """None: all trials are kept."""


@dataclass(frozen=True)
class FieldChange:
    """A field of a job's specification that was changed."""

    field: str
    """Such as "batch_sizes"."""
    meaning: str
    """What the change means, in a sentence."""


@dataclass(frozen=True)
class Registration:
    """What register_job answers."""

    job: Job
    created: bool
    """False: it had been registered before."""
    differing_fields: tuple[str, ...] = ()
    """With if_exists="keep": the fields in which the given specification differs from the
    job's, such as "batch_sizes"."""
    changes: tuple[FieldChange, ...] = ()
    """With if_exists="update": the fields that were changed."""


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

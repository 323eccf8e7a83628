"""What happens to a job, as Client.watch_job tells it. Immutable."""

from dataclasses import dataclass
from typing import Union

from zeus_bso.types import Arm, Job, JobSummary, JobWarning, Stage, Trial


@dataclass(frozen=True)
class Event:
    """Of every event."""

    job_uid: int
    """Names this registration of the job_id."""
    revision: int
    """Grows by 1 with each commit that changes the job; events of one commit share it.
    TrialReported and SummaryChanged have that of the event before."""


@dataclass(frozen=True)
class PresentState(Event):
    """The job as it is: the first event, and again whenever changes were missed."""

    job: Job
    arms: tuple[Arm, ...]
    """Batch size ascending."""
    missed_changes: bool
    """Changes before this state may have been missed."""


@dataclass(frozen=True)
class TrialStarted(Event):
    """A trial was started."""

    trial: Trial


@dataclass(frozen=True)
class TrialReported(Event):
    """A trial reported and goes on. Some reports are left out."""

    batch_size: int
    trial_number: int
    time_seconds: float
    energy_joules: float
    metric: float
    """As reported; may be NaN or infinite."""
    current_epoch: int


@dataclass(frozen=True)
class TrialEnded(Event):
    """A trial ended, with a result or without; or a late result replaced the failure of one
    that had timed out (Trial.late)."""

    trial: Trial


@dataclass(frozen=True)
class StageChanged(Event):
    """The job moved on to this stage."""

    stage: Stage


@dataclass(frozen=True)
class ArmRefit(Event):
    """The arm of one size was made, or refit."""

    arm: Arm


@dataclass(frozen=True)
class WarningsChanged(Event):
    """A warning appeared, changed or ended."""

    warnings: tuple[JobWarning, ...]
    """All that the job has now, as Job.warnings."""


@dataclass(frozen=True)
class SummaryChanged(Event):
    """The server has computed Job.summary again.

    Some summaries are left out.
    """

    summary: JobSummary


@dataclass(frozen=True)
class JobUpdated(Event):
    """The job was corrected: see Job.num_corrections."""

    job: Job


@dataclass(frozen=True)
class TrialVoided(Event):
    """A trial does not count any more."""

    trial: Trial


@dataclass(frozen=True)
class JobDeleted(Event):
    """The job was deleted. The last event."""


JobEvent = Union[
    PresentState,
    TrialStarted,
    TrialReported,
    TrialEnded,
    StageChanged,
    ArmRefit,
    WarningsChanged,
    SummaryChanged,
    JobUpdated,
    TrialVoided,
    JobDeleted,
]

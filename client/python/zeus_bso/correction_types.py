"""What calls that correct a job answer. Immutable."""

from dataclasses import dataclass

from zeus_bso.job_types import FieldChange, Job
from zeus_bso.trial_types import Trial


@dataclass(frozen=True)
class JobUpdate:
    """What update_job answers."""

    job: Job
    """As it is now; with dry_run, as it would be."""
    changes: tuple[FieldChange, ...]
    """The fields that had another value before."""


@dataclass(frozen=True)
class TrialVoiding:
    """What void_trial answers."""

    trial: Trial
    """As it is now; with dry_run, as it would be. The same for the job."""
    job: Job


@dataclass(frozen=True)
class BatchSizeReset:
    """What reset_batch_size answers."""

    job: Job
    """As it is now; with dry_run, as it would be."""
    batch_sizes: tuple[int, ...]
    """The sizes whose failures were forgotten, ascending. Empty: there were none."""

"""Values as people read them."""

import enum
import math
from datetime import datetime, timedelta
from typing import Any, Iterable, Iterator

from zeus_bso.cli.as_json import as_json
from zeus_bso.explanation import Estimate
from zeus_bso.types import (
    Arm,
    BatchSizeFailures,
    EndReason,
    Job,
    JobSummary,
    JobWarning,
    Policy,
    Saving,
    Stage,
    Trial,
    TrialHistory,
    TrialStatus,
)

DRY_RUN = "Nothing was changed: this is a dry run."

LEARNING_ANEW = (
    "The policy learns anew from the trials that count, in the background. Until then "
    "the job goes on with the old beliefs."
)

# The most characters of a reason that a row of a table shows.
_MAX_REASON = 60


def printable(text: str) -> str:
    """With escapes for what could move the cursor or hide other text."""
    return "".join(c if c.isprintable() else ascii(c)[1:-1] for c in text)


def number(value: float | None) -> str:
    """At most four digits that count; a dash for nothing."""
    if value is None:
        return "-"
    if 1000 <= abs(value) < 1e9:
        return f"{value:,.0f}"
    return f"{value:.4g}"


def counted(count: int, what: str) -> str:
    """Such as "1 trial" and "2 trials"."""
    return f"{count:,} {what}{'' if count == 1 else 's'}"


def policy_name(job: Job) -> str:
    """Servers that know no policies have Zeus' only."""
    return (job.spec.policy or Policy.ZEUS).name


def stage_name(job: Job) -> str:
    """A dash where the policy has no stages."""
    return "-" if job.stage is Stage.NONE else job.stage.name


def choosing(job: Job) -> str:
    """What chooses the next batch size: the stage, or the policy where it has none."""
    if job.stage is Stage.NONE:
        return f"policy {policy_name(job)}"
    return f"stage {job.stage.name}"


def why_no_arms(job: Job) -> str:
    if job.stage is Stage.NONE:
        return f"the job follows the policy {policy_name(job)}"
    return f"the job is in the stage {job.stage.name}"


def epochs_done(trial: Trial) -> int | None:
    """Of a trial that has ended, also of one that failed. None: not known."""
    if trial.epochs is not None:
        return trial.epochs
    if trial.status is TrialStatus.DISPATCHED or trial.progress is None:
        return None
    return trial.progress.epochs


def failing(failures: BatchSizeFailures) -> str:
    """How a batch size fails."""
    parts = []
    if failures.num_failures:
        times = counted(failures.num_failures, "time")
        parts.append(f"failed {times} since its last result")
    if failures.infeasible:
        parts.append("infeasible: it does not fit into memory")
    return "; ".join(parts)


def moment(time: datetime) -> str:
    """To the second; in UTC, as all times are."""
    return f"{time:%Y-%m-%d %H:%M:%S}"


def belief(arm: Arm) -> str:
    """What the bandit believes of the mean cost: its mean and standard deviation."""
    if arm.param_precision == 0:
        return "nothing yet"
    return f"{number(-arm.param_mean)} ± {number(arm.param_precision**-0.5)}"


def estimate(believed: Estimate | None) -> str:
    """A number and its standard deviation, both to two digits of the latter that count.

    A dash where nothing is known, or where the standard deviation is greater than the
    number.
    """
    if believed is None or believed.relative_sd > 1:
        return "-"
    sd = believed.value * believed.relative_sd
    decimals = 1 - math.floor(math.log10(sd)) if sd > 0 else 0
    if decimals > 6 or believed.value >= 1e9:
        return f"{number(believed.value)} ± {number(sd)}"
    decimals = max(0, decimals)
    return f"{believed.value:,.{decimals}f} ± {sd:,.{decimals}f}"


def probability(value: float) -> str:
    """In percent; one that is not 0 or 1 is not shown as such."""
    if 0 < value < 0.005:
        return "< 1 %"
    if 0.995 <= value < 1:
        return "> 99 %"
    return f"{100 * value:.0f} %"


def percent(share: float) -> str:
    """A share, to a whole number."""
    number_text = f"{100 * share:.0f}"
    return f"{'0' if number_text == '-0' else number_text} %"


def saving(share: Saving) -> str:
    """The median, and where the saving lies; what costs more is negative."""
    median, low, high = map(percent, (share.median, share.low, share.high))
    return f"{median}, between {low} and {high} with a probability of 90 %"


def best_size(summary: JobSummary) -> str | None:
    """The best size and its probability. None: no size is the best yet."""
    if summary.best_batch_size is None:
        return None
    return (
        f"batch size {summary.best_batch_size} with a probability of "
        f"{probability(summary.best_probability)}"
    )


def cost_saved(job: Job, summary: JobSummary) -> str | None:
    """The median. None: the default is the best, or the two cannot be compared yet."""
    share = summary.cost_saving
    if share is None or summary.best_batch_size == job.spec.default_batch_size:
        return None
    return percent(share.median)


def warning_name(warning: JobWarning) -> str:
    """The reason and what it is about, such as "SIZE_RESTS of batch size 8"."""
    if warning.batch_size is not None:
        return f"{warning.reason.name} of batch size {warning.batch_size}"
    if warning.trial_number is not None:
        return f"{warning.reason.name} of trial {warning.trial_number}"
    return warning.reason.name


def warning_lines(warnings: Iterable[JobWarning]) -> Iterator[str]:
    """Two lines each: what is the case and since when (UTC), and what to do."""
    for each in warnings:
        since = moment(each.since)
        yield f"Warning {warning_name(each)}, since {since}: {each.message}"
        yield f"  {each.advice}"


def outcome(trial: Trial) -> str:
    """How a trial stands, or how it ended, and whether it was late or is void."""
    marks = ["late"] if trial.late else []
    if trial.voided is not None:
        marks.append(f"void: {_shortened(trial.voided.reason)}")
    ended = how_it_ended(trial)
    return f"{ended} ({', '.join(marks)})" if marks else ended


def how_it_ended(trial: Trial) -> str:
    """How a trial stands, or how it ended."""
    if trial.status is TrialStatus.SUCCEEDED:
        if trial.converged:
            return "converged"
        if trial.end_reason is EndReason.UNSPECIFIED:
            return "not converged"
        return f"not converged: {trial.end_reason.name}"
    if trial.status is TrialStatus.FAILED:
        return f"failed: {trial.failure.name}"
    return "running" if trial.status is TrialStatus.DISPATCHED else "unknown"


def _shortened(reason: str) -> str:
    if len(reason) <= _MAX_REASON:
        return reason
    return f"{reason[: _MAX_REASON - 1]}…"


def least_cost(job: Job) -> str:
    """Of a trial that converged, and its batch size."""
    if job.min_cost is not None:
        return f"{number(job.min_cost)} J, of batch size {job.min_cost_batch_size}"
    if job.num_corrections:  # The target may have changed since.
        return "nothing has converged that counts for the present target"
    return "nothing has converged yet"


def history_text(history: TrialHistory) -> str:
    """Where it begins."""
    return (
        f"begins with trial {history.begin:,}: the server has deleted "
        f"{history.num_collected:,} older trials, and keeps what they taught"
    )


def value_text(value: Any) -> str:
    """The value of a field of JobSpec; a dash for nothing."""
    if value is None or value == "":
        return "-"
    if isinstance(value, tuple):
        return ", ".join(map(str, value))
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, enum.Enum):
        return value.name
    if isinstance(value, timedelta):
        return str(as_json(value))
    return f"{value:g}" if isinstance(value, float) else str(value)

"""What happens to a job, line by line."""

from typing import Iterator

from zeus_bso import events
from zeus_bso.cli.job_facts import changed_fields
from zeus_bso.cli.text import (
    belief,
    best_size,
    choosing,
    cost_saved,
    counted,
    epochs_done,
    how_it_ended,
    moment,
    number,
    outcome,
    warning_name,
)
from zeus_bso.types import Job, JobSummary, JobWarning, Trial


class WatchLines:
    """Turns events into lines. Each line begins with the revision of its event."""

    def __init__(self) -> None:
        self._job: Job | None = None
        self._warnings: dict[str, JobWarning] = {}
        """By name."""

    def of(self, event: events.JobEvent) -> Iterator[str]:
        """One line, or one for each warning that has appeared or ended."""
        for what in self._of(event):
            yield f"{event.revision:>6}  {what}"

    def _of(self, event: events.JobEvent) -> Iterator[str]:
        match event:
            case events.PresentState(job=job, missed_changes=missed):
                self._job = job
                yield f"{'changes were missed; now: ' if missed else ''}{_state(job)}"
                yield from self._changes(job.warnings)
            case events.TrialStarted(trial=trial):
                yield (
                    f"trial {trial.trial_number} started: batch size "
                    f"{trial.batch_size}, {trial.type.name}, "
                    f"at {moment(trial.start_time)}"
                )
            case events.TrialReported():
                yield (
                    f"trial {event.trial_number} reported: "
                    f"batch size {event.batch_size}, "
                    f"epoch {event.current_epoch}, metric {event.metric:.6g}, "
                    f"{number(event.time_seconds)} s, {number(event.energy_joules)} J"
                )
            case events.TrialEnded(trial=trial):
                yield (
                    f"trial {trial.trial_number} ended: batch size {trial.batch_size}, "
                    f"{outcome(trial)}{_result(trial)}"
                )
            case events.StageChanged(stage=stage):
                yield f"stage {stage.name}"
            case events.ArmRefit(arm=arm):
                yield (
                    f"arm of batch size {arm.batch_size}: mean cost {belief(arm)} J, "
                    f"of {arm.num_observations} results"
                )
            case events.WarningsChanged(warnings=warnings):
                yield from self._changes(warnings)
            case events.SummaryChanged(summary=summary):
                assert self._job is not None  # The first event is a state.
                yield _summary(self._job, summary)
            case events.JobUpdated(job=job):
                assert self._job is not None
                yield _correction(self._job, job)
                self._job = job
            case events.TrialVoided(trial=trial):
                reason = "" if trial.voided is None else trial.voided.reason
                yield (
                    f"trial {trial.trial_number} is void: batch size "
                    f"{trial.batch_size}, {how_it_ended(trial)}; reason: {reason}"
                )
            case events.JobDeleted():
                yield "the job was deleted"

    def _changes(self, warnings: tuple[JobWarning, ...]) -> Iterator[str]:
        known = self._warnings
        self._warnings = {warning_name(each): each for each in warnings}
        for name in known:
            if name not in self._warnings:
                yield f"warning {name} has ended"
        for name, warning in self._warnings.items():
            if name not in known:
                yield f"warning {name}: {warning.message} {warning.advice}"


def _summary(job: Job, summary: JobSummary) -> str:
    best, saved = best_size(summary), cost_saved(job, summary)
    return (
        f"summary as of trial {summary.last_trial_number}: best is "
        f"{best or 'not known yet'}{f', cost saved {saved}' if saved else ''}"
    )


def _correction(before: Job, after: Job) -> str:
    """What a correction changed, as far as the two jobs show it."""
    parts = list(changed_fields(before.spec, after.spec))
    if after.is_learning_anew and not before.is_learning_anew:
        parts.append("the policy learns anew")
    elif before.is_learning_anew and not after.is_learning_anew:
        parts.append("the policy has learned anew")
    return f"job corrected{': ' if parts else ''}{'; '.join(parts)}"


def _result(trial: Trial) -> str:
    """Of a trial that failed, how far it came where that is known."""
    if trial.time_seconds is not None:
        return f", {number(trial.time_seconds)} s, {number(trial.energy_joules)} J"
    epochs = epochs_done(trial)
    return "" if epochs is None else f", after {counted(epochs, 'epoch')}"


def _state(job: Job) -> str:
    best = (
        "nothing has converged yet"
        if job.min_cost is None
        else f"least cost {number(job.min_cost)} J of batch size "
        f"{job.min_cost_batch_size}"
    )
    anew = ", learning anew" if job.is_learning_anew else ""
    return f"{choosing(job)}, {job.num_running_trials} running, {best}{anew}"

"""What happens to a job, one line an event."""

from zeus_bso import events
from zeus_bso.cli.text import (
    belief,
    choosing,
    counted,
    epochs_done,
    moment,
    number,
    outcome,
)
from zeus_bso.types import Job, Trial


def event_line(event: events.JobEvent) -> str:
    """Begins with the revision that the event belongs to."""
    return f"{event.revision:>6}  {_what(event)}"


def _what(event: events.JobEvent) -> str:
    match event:
        case events.PresentState(job=job, missed_changes=missed):
            return f"{'changes were missed; now: ' if missed else ''}{_state(job)}"
        case events.TrialStarted(trial=trial):
            return (
                f"trial {trial.trial_number} started: batch size {trial.batch_size}, "
                f"{trial.type.name}, at {moment(trial.start_time)}"
            )
        case events.TrialReported():
            return (
                f"trial {event.trial_number} reported: batch size {event.batch_size}, "
                f"epoch {event.current_epoch}, metric {event.metric:.6g}, "
                f"{number(event.time_seconds)} s, {number(event.energy_joules)} J"
            )
        case events.TrialEnded(trial=trial):
            return (
                f"trial {trial.trial_number} ended: batch size {trial.batch_size}, "
                f"{outcome(trial)}{_result(trial)}"
            )
        case events.StageChanged(stage=stage):
            return f"stage {stage.name}"
        case events.ArmRefit(arm=arm):
            return (
                f"arm of batch size {arm.batch_size}: mean cost {belief(arm)} J, "
                f"of {arm.num_observations} results"
            )
        case events.JobDeleted():
            return "the job was deleted"


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
    return f"{choosing(job)}, {job.num_running_trials} running, {best}"

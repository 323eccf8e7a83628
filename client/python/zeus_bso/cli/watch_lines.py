"""What happens to a job, one line an event."""

from zeus_bso import events
from zeus_bso.cli.text import belief, moment, number, outcome
from zeus_bso.types import Job


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
            result = (
                ""
                if trial.time_seconds is None
                else f", {number(trial.time_seconds)} s, {number(trial.energy_joules)} J"
            )
            return (
                f"trial {trial.trial_number} ended: batch size {trial.batch_size}, "
                f"{outcome(trial)}{result}"
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


def _state(job: Job) -> str:
    best = (
        "nothing has converged yet"
        if job.min_cost is None
        else f"least cost {number(job.min_cost)} J of batch size "
        f"{job.min_cost_batch_size}"
    )
    return f"stage {job.stage.name}, {job.num_running_trials} running, {best}"

"""From the messages of WatchJob to the values of zeus_bso.events."""

from typing import Any, Callable, Mapping

from zeus_bso import convert, events, types
from zeus_bso.message_fields import enum_from_proto
from zeus_bso.v1 import batch_size_optimizer_pb2 as api


def event_from_proto(event: api.JobEvent) -> events.JobEvent | None:
    """None: an event that this version of the client does not know."""
    kind = event.WhichOneof("event") or ""
    uid, revision = event.job_uid, event.revision
    if kind == "present_state":
        return _present_state(uid, revision, event.present_state)
    if kind == "trial_reported":
        return _reported(uid, revision, event.trial_reported)
    if kind == "job_deleted":
        return events.JobDeleted(uid, revision)
    if kind not in _OF_ONE_VALUE:
        return None
    make, value_from_proto = _OF_ONE_VALUE[kind]
    return make(uid, revision, value_from_proto(getattr(event, kind)))


def _present_state(
    uid: int, revision: int, state: api.PresentState
) -> events.PresentState:
    arms = tuple(map(convert.arm_from_proto, state.arms))
    job = convert.job_from_proto(state.job)
    return events.PresentState(uid, revision, job, arms, state.missed_changes)


def _reported(uid: int, revision: int, report: api.TrialReport) -> events.TrialReported:
    return events.TrialReported(
        uid,
        revision,
        batch_size=report.batch_size,
        trial_number=report.trial_number,
        time_seconds=report.time_seconds,
        energy_joules=report.energy_joules,
        metric=report.metric,
        current_epoch=report.current_epoch,
    )


def _stage(stage: int) -> types.Stage:
    return enum_from_proto(types.Stage, stage)


def _warnings(message: api.Warnings) -> tuple[types.JobWarning, ...]:
    return tuple(map(convert.warning_from_proto, message.warnings))


# The class of each event that has one value, and how to convert that value.
_OF_ONE_VALUE: Mapping[
    str, tuple[Callable[[int, int, Any], events.JobEvent], Callable[[Any], Any]]
] = {
    "trial_started": (events.TrialStarted, convert.trial_from_proto),
    "trial_ended": (events.TrialEnded, convert.trial_from_proto),
    "trial_voided": (events.TrialVoided, convert.trial_from_proto),
    "stage_changed": (events.StageChanged, _stage),
    "arm_refit": (events.ArmRefit, convert.arm_from_proto),
    "warnings_changed": (events.WarningsChanged, _warnings),
    "summary_changed": (events.SummaryChanged, convert.summary_from_proto),
    "job_updated": (events.JobUpdated, convert.job_from_proto),
}

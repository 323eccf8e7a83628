"""Values as JSON, by the names that their fields have in the API.

Absent is null, enums are the names of zeus_bso.types, times are ISO 8601 in UTC, and
durations are seconds such as "90.500s". Integers that a double may not hold are
strings, as in protobuf's JSON: job_uid, the halves of a generator's state, and others
beyond 2^53, such as a great mab_seed. So are "NaN", "Infinity" and "-Infinity".
"""

import dataclasses
import enum
import math
from datetime import datetime, timedelta, timezone
from typing import Any

from google.protobuf.duration_pb2 import Duration

from zeus_bso import events
from zeus_bso.types import GeneratorState

_HALF = 2**64 - 1

# Up to here a double holds each integer.
_EXACT = 2**53

# The name of each kind of event, and of its field where that is all that it says.
_KINDS = {
    events.PresentState: ("present_state", ""),
    events.TrialStarted: ("trial_started", "trial"),
    events.TrialReported: ("trial_reported", ""),
    events.TrialEnded: ("trial_ended", "trial"),
    events.StageChanged: ("stage_changed", "stage"),
    events.ArmRefit: ("arm_refit", "arm"),
    events.WarningsChanged: ("warnings_changed", ""),
    events.SummaryChanged: ("summary_changed", "summary"),
    events.JobUpdated: ("job_updated", "job"),
    events.TrialVoided: ("trial_voided", "trial"),
    events.JobDeleted: ("job_deleted", ""),
}


def as_json(value: Any) -> Any:
    """What json.dumps takes, of a value of zeus_bso.types."""
    if isinstance(value, GeneratorState):
        return _generator_as_json(value)
    if dataclasses.is_dataclass(value):
        names = [each.name for each in dataclasses.fields(value)]
        fields = {name: as_json(getattr(value, name)) for name in names}
        if "job_uid" in fields:  # Always a string, however small.
            fields["job_uid"] = str(fields["job_uid"])
        return fields
    if isinstance(value, (list, tuple)):
        return [as_json(each) for each in value]
    if isinstance(value, enum.Enum):
        return value.name
    if isinstance(value, datetime):
        utc = value.astimezone(timezone.utc).replace(tzinfo=None)
        return f"{utc.isoformat(timespec='microseconds')}Z"
    if isinstance(value, timedelta):
        duration = Duration()
        duration.FromTimedelta(value)
        return duration.ToJsonString()
    if isinstance(value, int) and abs(value) > _EXACT:
        return str(value)
    if isinstance(value, float) and not math.isfinite(value):
        return _not_finite(value)
    return value


def event_as_json(event: events.JobEvent) -> dict[str, Any]:
    """As the message JobEvent of the API: the kind of event names its field."""
    fields = as_json(event)
    job_uid, revision = fields.pop("job_uid"), fields.pop("revision")
    kind, only_field = _KINDS[type(event)]
    return {
        "job_uid": job_uid,
        "revision": revision,
        kind: fields[only_field] if only_field else fields,
    }


def _generator_as_json(state: GeneratorState) -> dict[str, Any]:
    return {
        "state_high": str(state.state >> 64),
        "state_low": str(state.state & _HALF),
        "inc_high": str(state.inc >> 64),
        "inc_low": str(state.inc & _HALF),
        "has_uint32": state.has_uint32,
        "uinteger": state.uinteger,
    }


def _not_finite(value: float) -> str:
    if math.isnan(value):
        return "NaN"
    return "Infinity" if value > 0 else "-Infinity"

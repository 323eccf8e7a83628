"""The fields of a protobuf message as Python values."""

import dataclasses
import enum
from datetime import datetime, timezone
from typing import Any, Callable, TypeVar, cast

_T = TypeVar("_T")
_EnumT = TypeVar("_EnumT", bound=enum.Enum)


def part(kind: Callable[..., _T], message: Any, field: str) -> _T | None:
    """A field as a dataclass whose fields have the names of the message's.

    None where it is absent.
    """
    value = optional(message, field)
    if value is None:
        return None
    names = [each.name for each in dataclasses.fields(cast(Any, kind))]
    return kind(**{name: optional(value, name) for name in names})


def optional(message: Any, name: str) -> Any:
    """The value of a field; None where it can be absent and is."""
    if message.DESCRIPTOR.fields_by_name[name].has_presence:
        return getattr(message, name) if message.HasField(name) else None
    return getattr(message, name)


def enum_from_proto(kind: type[_EnumT], number: int) -> _EnumT:
    """UNSPECIFIED, which is 0, for a number that a newer server has added."""
    return kind(number) if number in (each.value for each in kind) else kind(0)


def time_from_proto(timestamp: Any) -> datetime:
    """In UTC."""
    value: datetime = timestamp.ToDatetime(tzinfo=timezone.utc)
    return value

"""Durations as people write them: 90, 1.5h, 1h30m, 250ms."""

import re
from datetime import timedelta
from typing import Any

import click

_UNITS = {
    "ms": timedelta(milliseconds=1),
    "s": timedelta(seconds=1),
    "m": timedelta(minutes=1),
    "h": timedelta(hours=1),
    "d": timedelta(days=1),
}
_PART = r"(\d+(?:\.\d+)?)(ms|s|m|h|d)"


def parse_duration(text: str) -> timedelta:
    """A bare number is in seconds.

    Raises:
        ValueError: It is no duration.
    """
    try:
        if re.fullmatch(r"\d+(\.\d+)?", text):
            return timedelta(seconds=float(text))
        if re.fullmatch(f"({_PART})+", text):
            parts = re.findall(_PART, text)
            return sum((float(n) * _UNITS[unit] for n, unit in parts), timedelta())
    except OverflowError as error:
        raise ValueError(f"{text} is too long a duration") from error
    raise ValueError(f"{text!r} is not a duration such as 30s, 1h30m or 24h")


class DurationType(click.ParamType):
    """An option that is a duration, as seconds; greater than 0."""

    name = "duration"

    def convert(
        self,
        value: Any,
        param: click.Parameter | None,
        ctx: click.Context | None,
    ) -> float:
        if isinstance(value, float):
            return value
        try:
            seconds = parse_duration(value).total_seconds()
        except ValueError as error:
            self.fail(str(error), param, ctx)
        if seconds <= 0:
            self.fail("must be greater than 0", param, ctx)
        return seconds

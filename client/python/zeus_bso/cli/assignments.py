"""Changes to a job as people write them: beta_knob=3, batch_sizes+=128, policy=."""

import re
from dataclasses import dataclass
from typing import Any, Callable

import click
from click.shell_completion import CompletionItem
from google.protobuf.descriptor import FieldDescriptor

from zeus_bso import convert
from zeus_bso.cli.durations import parse_duration
from zeus_bso.cli.field_names import unknown_field
from zeus_bso.types import Policy
from zeus_bso.v1 import resources_pb2 as resources

CHANGEABLE = (
    "batch_sizes",
    "beta_knob",
    "default_batch_size",
    "disable_early_stop",
    "eta_knob",
    "gpu_model",
    "higher_is_better_metric",
    "max_epochs",
    "max_failures_per_batch_size",
    "max_power",
    "number_of_gpus",
    "policy",
    "target_metric",
    "trial_timeout",
)
"""The fields that a server changes in jobs of some policy. The others are known, too, so
that the server says why they are fixed."""

_FIELDS = resources.JobSpec.DESCRIPTOR.fields_by_name

# It names the job, so it is not one of the fields to change.
_JOB_ID = "job_id"

_SIZES = "batch_sizes"

_POLICIES = [each.name for each in Policy if each is not Policy.UNSPECIFIED]


@dataclass(frozen=True)
class Assignment:
    """One change to a field of JobSpec."""

    field: str
    operator: str
    """ "=", or for batch_sizes also "+=" and "-="."""
    value: Any
    """As Client.update_job takes it. None: the field gets its default."""


class AssignmentType(click.ParamType):
    """FIELD=VALUE, as an Assignment."""

    name = "assignment"

    def convert(
        self,
        value: Any,
        param: click.Parameter | None,
        ctx: click.Context | None,
    ) -> Any:
        """An Assignment; the text itself while the shell completes."""
        if isinstance(value, Assignment) or (ctx and ctx.resilient_parsing):
            return value
        try:
            return parse_assignment(value)
        except ValueError as error:
            self.fail(str(error), param, ctx)

    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> list[CompletionItem]:
        """Names of fields, not their values."""
        assert param.name is not None
        given = ctx.params.get(param.name) or ("",)
        # bash splits beta_knob=3 into three words.
        if given[-1] == "=" or given[-1].rstrip("+-") in _FIELDS:
            return []
        return [
            CompletionItem(f"{name}=")
            for name in CHANGEABLE
            if name.startswith(incomplete)
        ]


def parse_assignment(text: str) -> Assignment:
    """Raises ValueError, with the name of the field, where the text is no assignment."""
    left, equals, value = text.partition("=")
    if not equals:
        raise ValueError(f"{text!r} is not FIELD=VALUE, such as beta_knob=3")
    name = left[:-1] if left.endswith(("+", "-")) else left
    operator = f"{left.removeprefix(name)}="
    if name == _JOB_ID:
        raise ValueError("job_id: the ID of a job cannot change")
    if name not in _FIELDS:
        raise ValueError(
            unknown_field(name, [each for each in _FIELDS if each != _JOB_ID])
        )
    if operator != "=" and name != _SIZES:
        raise ValueError(
            f"{name}: only batch_sizes takes {operator}, give {name}=VALUE"
        )
    if operator != "=" and not value:
        raise ValueError("batch_sizes: give the sizes, such as batch_sizes+=128,256")
    return Assignment(name, operator, _parse(name, value) if value else None)


def check_assignments(
    ctx: click.Context, param: click.Parameter, given: tuple[Assignment, ...]
) -> tuple[Assignment, ...]:
    """A click callback: each field is there once, apart from += and -=."""
    if not ctx.resilient_parsing:
        fields = [each.field for each in given]
        for index, each in enumerate(given):
            if each.operator == "=" and each.field in fields[:index]:
                raise click.BadParameter(f"{each.field}: the field is there twice")
    return given


def _parse(name: str, text: str) -> Any:
    try:
        parse = _sizes if name == _SIZES else _PARSERS[_FIELDS[name].type]
        value = parse(text)
        convert.spec_fields_to_proto({name: value})  # Raises if the value does not fit.
    except ValueError as error:
        raise ValueError(f"{name}: {error}") from error
    return value


def _sizes(text: str) -> tuple[int, ...]:
    return tuple(_integer(each) for each in text.split(","))


def _integer(text: str) -> int:
    if not re.fullmatch(r"[+-]?[0-9]+", text):
        raise ValueError(f"{text!r} is not an integer")
    return int(text)


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError as error:
        raise ValueError(f"{text!r} is not a number") from error


def _truth(text: str) -> bool:
    if text.lower() not in ("true", "false"):
        raise ValueError(f"{text!r} is neither true nor false")
    return text.lower() == "true"


def _policy(text: str) -> Policy:
    name = text.upper().removeprefix("POLICY_")
    if name not in _POLICIES:
        raise ValueError(f"{text!r} is not one of {', '.join(_POLICIES)}")
    return Policy[name]


# policy is the only enum of JobSpec, and trial_timeout its only message.
_PARSERS: dict[int, Callable[[str], Any]] = {
    FieldDescriptor.TYPE_BOOL: _truth,
    FieldDescriptor.TYPE_DOUBLE: _number,
    FieldDescriptor.TYPE_ENUM: _policy,
    FieldDescriptor.TYPE_INT64: _integer,
    FieldDescriptor.TYPE_MESSAGE: parse_duration,
    FieldDescriptor.TYPE_STRING: str,
    FieldDescriptor.TYPE_UINT64: _integer,
}

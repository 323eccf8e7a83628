"""Reads a job's specification from a JSON file."""

import dataclasses
import json
from typing import Any

from google.protobuf import json_format
from google.protobuf.duration_pb2 import Duration

from zeus_bso import convert
from zeus_bso.cli.durations import parse_duration
from zeus_bso.cli.field_names import unknown_field
from zeus_bso.cli.input_file import read_input
from zeus_bso.types import JobSpec, Policy
from zeus_bso.v1 import resources_pb2 as resources

POLICIES = tuple(each.name for each in Policy if each is not Policy.UNSPECIFIED)
"""Names of the policies that a job can be registered with, in any case."""

_FIELDS = [each.name for each in dataclasses.fields(JobSpec)]


def read_spec(path: str) -> JobSpec:
    """Reads a file, or standard input where path is "-".

    What a job lacks or has out of bounds is for the server to say, field by field.

    Raises:
        OSError: It cannot be read.
        ValueError: It is no JSON object with fields of JobSpec of the right types.
    """
    contents = read_input(path)
    try:
        fields = json.loads(contents, object_pairs_hook=_without_duplicates)
    except (json.JSONDecodeError, UnicodeDecodeError) as error:
        raise ValueError(f"not JSON: {error}") from error
    if not isinstance(fields, dict):
        raise ValueError("not a JSON object")
    unknown = [name for name in fields if name not in _FIELDS]
    if unknown:
        raise ValueError("; ".join(unknown_field(each, _FIELDS) for each in unknown))
    _mend_timeout(fields)
    _complete_policy(fields)
    try:
        message = json_format.ParseDict(fields, resources.JobSpec())
    except json_format.ParseError as error:
        raise ValueError(str(error).rstrip(".")) from error
    return _stated(message, fields)


def _stated(message: resources.JobSpec, fields: dict[str, Any]) -> JobSpec:
    """What the file states of the message; the defaults of JobSpec for all else."""
    parsed = convert.spec_from_proto(message)
    values: dict[str, Any] = {"batch_sizes": (), "default_batch_size": 0}
    for name, value in fields.items():
        if value is not None:
            values[name] = getattr(parsed, name)
    if "beta_knob" in fields:  # There, null says something: no early stop.
        values["beta_knob"] = None if fields["beta_knob"] is None else parsed.beta_knob
    return JobSpec(**values)


def _without_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    fields: dict[str, Any] = {}
    for name, value in pairs:
        if name in fields:
            raise ValueError(f"the field {name!r} is there twice")
        fields[name] = value
    return fields


def _complete_policy(fields: dict[str, Any]) -> None:
    """Gives a policy such as "curves" the name that it has in the API."""
    policy = fields.get("policy")
    if policy is None:
        return
    names = [each.name for each in Policy]
    name = str(policy).upper().removeprefix("POLICY_")
    if not isinstance(policy, str) or name not in names:
        raise ValueError(f"policy: {policy!r} is not one of {', '.join(POLICIES)}")
    fields["policy"] = f"POLICY_{name}"


def _mend_timeout(fields: dict[str, Any]) -> None:
    """Makes a duration such as "24h" one of protobuf's JSON."""
    timeout = fields.get("trial_timeout")
    if timeout is None:
        return
    try:
        if isinstance(timeout, bool) or not isinstance(timeout, (int, float, str)):
            raise ValueError(f"{timeout!r} is not a duration")
        duration = Duration()
        duration.FromTimedelta(parse_duration(str(timeout)))
    except ValueError as error:
        raise ValueError(f"trial_timeout: {error}") from error
    fields["trial_timeout"] = duration.ToJsonString()

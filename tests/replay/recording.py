"""Recordings: calls that were made to another server of the same behaviour.

A recording is a file of JSON objects, one a line, possibly gzipped, one object a call,
in order:

    op      register | predict | report | end_trial | delete
    req     what was asked
    status  200 | 201 (created) | 400 | 404 | 409 (conflict) | 422 (malformed)
    resp    the decision, null when there was an error
    state   the job after the call: its stage, min_cost, min_cost_batch_size,
            exp_default_batch_size, rng (null, or the generator's 128-bit state and inc
            as decimal strings, has_uint32, uinteger), arms ([batch_size, param_mean,
            param_precision, reward_precision, num_observations] each) and the trial
            that the call touched, if any; null: there is no such job

"inf" stands for +infinity, null for an absent value. Times are in seconds, energies
and costs in joules.
"""

import gzip
import json
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Iterator

OPERATIONS = ("register", "predict", "report", "end_trial", "delete")
STATUSES = (200, 201, 400, 404, 409, 422)


class UnreadableRecording(Exception):
    """The file cannot be read, or is not a recording. The message names the line."""


@dataclass(frozen=True)
class Call:
    """One recorded call.

    Attributes:
        line: Its line in the file, from 1.
        op: One of OPERATIONS.
        request: What was asked.
        status: One of STATUSES.
        response: The decision, or None.
        state: The job after the call, or None when there was no such job.
    """

    line: int
    op: str
    request: dict[str, Any]
    status: int
    response: dict[str, Any] | None
    state: dict[str, Any] | None

    @property
    def job_id(self) -> str | None:
        """The job that the call is about; None where the request names none."""
        job_id = self.request.get("job_id") or (self.response or {}).get("job_id")
        return job_id if isinstance(job_id, str) else None

    @property
    def trial(self) -> dict[str, Any] | None:
        """The recorded trial that the call touched, if any."""
        trial: dict[str, Any] | None = (self.state or {}).get("trial")
        return trial


def read_recording(path: Path) -> list[Call]:
    """Reads a whole recording; a path that ends in .gz is decompressed.

    Raises:
        UnreadableRecording: The file is missing, damaged or empty, or a line is not a
            recorded call.
    """
    calls = [_parse_call(number, line) for number, line in _numbered_lines(path)]
    if not calls:
        raise UnreadableRecording("it is empty")
    return calls


def _numbered_lines(path: Path) -> Iterator[tuple[int, bytes]]:
    number = 0
    try:
        with gzip.open(path) if path.suffix == ".gz" else open(path, "rb") as file:
            for number, line in enumerate(file, start=1):
                yield number, line
    except (OSError, EOFError, zlib.error) as error:
        raise UnreadableRecording(f"after line {number}: {error}") from error


def _parse_call(number: int, line: bytes) -> Call:
    try:
        record = json.loads(line)
    except ValueError as error:
        raise UnreadableRecording(f"line {number}: bad JSON: {error}") from error
    problem = _problem_of(record)
    if problem is not None:
        raise UnreadableRecording(f"line {number}: {problem}")
    return Call(
        number,
        record["op"],
        record["req"],
        record["status"],
        record["resp"],
        record["state"],
    )


def _problem_of(record: Any) -> str | None:
    """What keeps a line from being a recorded call, or None."""
    if not isinstance(record, dict):
        return "not a JSON object"
    missing = {"op", "req", "status", "resp", "state"} - record.keys()
    if missing:
        return f"{', '.join(sorted(missing))} missing"
    if record["op"] not in OPERATIONS:
        return f"unknown op {record['op']!r}"
    if record["status"] not in STATUSES:
        return f"unknown status {record['status']!r}"
    if not isinstance(record["req"], dict):
        return "req is not an object"
    for key in ("resp", "state"):
        if not isinstance(record[key], (dict, type(None))):
            return f"{key} is neither an object nor null"
    return _problem_of_trial(record["state"])


def _problem_of_trial(state: dict[str, Any] | None) -> str | None:
    trial = (state or {}).get("trial")
    if trial is None:
        return None
    if not isinstance(trial, dict):
        return "state.trial is not an object"
    for key in ("trial_number", "batch_size"):
        if type(trial.get(key)) is not int:
            return f"state.trial.{key} is not an integer"
    return None

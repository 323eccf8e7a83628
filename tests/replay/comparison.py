"""Compares what a server answers with what was recorded.

What the API answers is brought into the form of the recordings first, so that a
difference names the recorded field.
"""

import math
from typing import Any, Iterable

import grpc
from zeus_bso.v1 import resources_pb2 as resources

# Doubles may differ by this much, relative to the larger one: the order of a sum may
# differ. Everything else is exact.
RELATIVE_TOLERANCE = 1e-12

# Which gRPC codes a recorded HTTP status stands for.
_CODES = {
    200: (grpc.StatusCode.OK,),
    201: (grpc.StatusCode.OK,),
    400: (
        grpc.StatusCode.INVALID_ARGUMENT,
        grpc.StatusCode.NOT_FOUND,
        grpc.StatusCode.FAILED_PRECONDITION,
    ),
    404: (grpc.StatusCode.NOT_FOUND,),
    409: (grpc.StatusCode.ALREADY_EXISTS,),
    422: (grpc.StatusCode.INVALID_ARGUMENT,),
}

_STAGES = {resources.STAGE_PRUNING: "Pruning", resources.STAGE_MAB: "MAB"}
_TYPES = {
    resources.TRIAL_TYPE_EXPLORATION: "Exploration",
    resources.TRIAL_TYPE_CONCURRENT: "Concurrent",
    resources.TRIAL_TYPE_MAB: "MAB",
}
_STATUSES = {
    resources.TRIAL_STATUS_DISPATCHED: "Dispatched",
    resources.TRIAL_STATUS_SUCCEEDED: "Succeeded",
    resources.TRIAL_STATUS_FAILED: "Failed",
}


def status_difference(status: int, code: grpc.StatusCode, details: str) -> str | None:
    """Compares a recorded HTTP status with a gRPC code.

    Args:
        status: The recorded status.
        code: The code of the answer.
        details: The text of the answer, for the message.

    Returns:
        What differs, or None.
    """
    expected = _CODES[status]
    if code in expected:
        return None
    names = " or ".join(each.name for each in expected)
    got = f"{code.name} ({details})" if details else code.name
    return f"status: expected {names} (recorded {status}), got {got}"


def first_difference(path: str, expected: object, got: object) -> str | None:
    """Compares a recorded value with one in the form of the recordings.

    Args:
        path: What the value is called, for the message.
        expected: As recorded, from JSON.
        got: As answered. Where it holds a float, the recorded value may differ by
            RELATIVE_TOLERANCE, and may be an integer or "inf".

    Returns:
        What differs first, in the order of the recording, or None.
    """
    if isinstance(expected, dict) and isinstance(got, dict):
        return _difference_of_objects(path, expected, got)
    if isinstance(expected, list) and isinstance(got, list):
        return _difference_of_lists(path, expected, got)
    if isinstance(got, float):
        equal = _is_close(expected, got)
    else:
        equal = type(expected) is type(got) and expected == got
    return None if equal else f"{path}: expected {expected!r}, got {got!r}"


def job_state(job: resources.Job, arms: Iterable[resources.GaussianTsArm]) -> Any:
    """A job with its arms, in the form of a recorded state without a trial."""
    return {
        "stage": _STAGES.get(job.stage, job.stage),
        "min_cost": job.min_cost if job.HasField("min_cost") else None,
        "min_cost_batch_size": job.min_cost_batch_size,
        "exp_default_batch_size": job.exp_default_batch_size,
        "rng": (
            _generator_state(job.generator_state)
            if job.HasField("generator_state")
            else None
        ),
        "arms": [
            [
                arm.batch_size,
                arm.param_mean,
                arm.param_precision,
                arm.reward_precision,
                arm.num_observations,
            ]
            for arm in arms
        ],
    }


def trial_state(trial: resources.Trial) -> Any:
    """A trial in the form of a recorded one."""
    return {
        "trial_number": trial.trial_number,
        "batch_size": trial.batch_size,
        "type": _TYPES.get(trial.type, trial.type),
        "status": _STATUSES.get(trial.status, trial.status),
        "time": trial.time_seconds if trial.HasField("time_seconds") else None,
        "energy": trial.energy_joules if trial.HasField("energy_joules") else None,
        "converged": trial.converged if trial.HasField("converged") else None,
    }


def _generator_state(generator: resources.GeneratorState) -> Any:
    return {
        "state": str(generator.state_high << 64 | generator.state_low),
        "inc": str(generator.inc_high << 64 | generator.inc_low),
        "has_uint32": int(generator.has_uint32),
        "uinteger": generator.uinteger,
    }


def _difference_of_objects(
    path: str, expected: dict[str, Any], got: dict[str, Any]
) -> str | None:
    for key in [*expected, *(key for key in got if key not in expected)]:
        if key not in got:
            return f"{path}.{key}: expected {expected[key]!r}, got nothing"
        if key not in expected:
            return f"{path}.{key}: expected nothing, got {got[key]!r}"
        difference = first_difference(f"{path}.{key}", expected[key], got[key])
        if difference is not None:
            return difference
    return None


def _difference_of_lists(path: str, expected: list[Any], got: list[Any]) -> str | None:
    if len(expected) != len(got):
        return (
            f"{path}: expected {len(expected)} elements {expected!r}, "
            f"got {len(got)} {got!r}"
        )
    for index, (one, other) in enumerate(zip(expected, got)):
        difference = first_difference(f"{path}[{index}]", one, other)
        if difference is not None:
            return difference
    return None


def _is_close(expected: object, got: float) -> bool:
    if expected == "inf":
        return got == math.inf
    if isinstance(expected, bool) or not isinstance(expected, (int, float)):
        return False
    return math.isclose(expected, got, rel_tol=RELATIVE_TOLERANCE, abs_tol=0.0)

"""A job as names and values for people."""

import dataclasses
from datetime import timedelta
from typing import Any, Iterator

from zeus_bso.cli.as_json import as_json
from zeus_bso.cli.text import failing, moment, number
from zeus_bso.types import Job


def job_facts(job: Job) -> Iterator[tuple[str, str]]:
    """Where a job stands, and what it was registered with, as names and values."""
    yield "job", job.spec.job_id
    yield "stage", job.stage.name
    yield "created (UTC)", moment(job.create_time)
    yield "running trials", str(job.num_running_trials)
    if job.min_cost is None:
        yield "least cost", "nothing has converged yet"
    else:
        yield (
            "least cost",
            f"{number(job.min_cost)} J, of batch size {job.min_cost_batch_size}",
        )
    for each in job.failures:
        yield f"batch size {each.batch_size}", failing(each)
    for field in dataclasses.fields(job.spec):
        value = getattr(job.spec, field.name)
        if field.name != "job_id" and value is not None and value != "":
            yield field.name, _value(value)


def _value(value: Any) -> str:
    if isinstance(value, tuple):
        return ", ".join(map(str, value))
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, timedelta):
        return str(as_json(value))
    return f"{value:g}" if isinstance(value, float) else str(value)

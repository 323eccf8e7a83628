"""A job as names and values for people."""

import dataclasses
from datetime import timedelta
from typing import Any, Iterator

from zeus_bso.cli.as_json import as_json
from zeus_bso.cli.text import (
    best_size,
    failing,
    moment,
    number,
    policy_name,
    saving,
)
from zeus_bso.explanation import Explanation
from zeus_bso.types import Job, JobSummary, LatestResults, Policy, Stage

_SHOWN_APART = {"job_id", "policy"}

_IGNORED_BY_CURVES = {
    "num_pruning_rounds",
    "window_size",
    "max_failures_per_batch_size",
}


def job_facts(job: Job) -> Iterator[tuple[str, str]]:
    """Where a job stands, and what it was registered with, as names and values.

    Without the fields that its policy ignores.
    """
    yield "job", job.spec.job_id
    yield "policy", policy_name(job)
    if job.stage is not Stage.NONE:
        yield "stage", job.stage.name
    yield "created (UTC)", moment(job.create_time)
    if job.warm_start:
        yield "started from", job.warm_start
    yield "running trials", str(job.num_running_trials)
    if job.min_cost is None:
        yield "least cost", "nothing has converged yet"
    else:
        yield (
            "least cost",
            f"{number(job.min_cost)} J, of batch size {job.min_cost_batch_size}",
        )
    if job.latest_results is not None:
        yield "ended last (UTC)", _ended_last(job.latest_results)
    if job.summary is not None:
        yield from _summary_facts(job, job.summary)
    for each in job.failures:
        yield f"batch size {each.batch_size}", failing(each)
    for field in dataclasses.fields(job.spec):
        value = getattr(job.spec, field.name)
        if field.name in _SHOWN_APART or value is None or value == "":
            continue
        if job.spec.policy is not Policy.CURVES or not _is_ignored(field.name):
            yield field.name, _value(value)


def saving_facts(
    job: Job, beliefs: Explanation | JobSummary
) -> Iterator[tuple[str, str]]:
    """What a training at the best size saves. Nothing where the default is the best."""
    if beliefs.best_batch_size == job.spec.default_batch_size:
        return
    for name, share in (
        ("cost saved", beliefs.cost_saving),
        ("time saved", beliefs.time_saving),
        ("energy saved", beliefs.energy_saving),
    ):
        if share is not None:
            yield name, saving(share)


def _ended_last(results: LatestResults) -> str:
    last = f"trial {results.last_trial_number}"
    if results.last_end_time is not None:
        last += f" at {moment(results.last_end_time)}"
    if results.num_not_converged == 0:
        return last
    if results.num_not_converged == 1:
        return f"{last}; the latest result did not converge"
    return f"{last}; the latest {results.num_not_converged:,} results did not converge"


def _summary_facts(job: Job, summary: JobSummary) -> Iterator[tuple[str, str]]:
    best = best_size(summary)
    if best is not None:
        yield "best", f"{best}, as of trial {summary.last_trial_number}"
        yield from saving_facts(job, summary)


def _is_ignored(name: str) -> bool:
    """Whether Policy.CURVES ignores this field of JobSpec."""
    if name.startswith("mab_"):
        return name != "mab_seed"
    return name in _IGNORED_BY_CURVES


def _value(value: Any) -> str:
    if isinstance(value, tuple):
        return ", ".join(map(str, value))
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, timedelta):
        return str(as_json(value))
    return f"{value:g}" if isinstance(value, float) else str(value)

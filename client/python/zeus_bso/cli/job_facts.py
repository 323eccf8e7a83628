"""A job as names and values for people."""

import dataclasses
from typing import Iterator

from zeus_bso.cli.text import (
    best_size,
    failing,
    history_text,
    least_cost,
    moment,
    policy_name,
    saving,
    value_text,
)
from zeus_bso.explanation import Explanation
from zeus_bso.types import Job, JobSpec, JobSummary, LatestResults, Policy, Stage

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
    yield "least cost", least_cost(job)
    if job.latest_results is not None:
        yield "ended last (UTC)", _ended_last(job.latest_results)
    if job.summary is not None:
        yield from _summary_facts(job, job.summary)
    if job.num_corrections:
        yield "corrections", f"{job.num_corrections:,}"
    yield from learning_facts(job)
    if job.history is not None:
        yield "history", history_text(job.history)
    for each in job.failures:
        yield f"batch size {each.batch_size}", failing(each)
    for field in dataclasses.fields(job.spec):
        value = getattr(job.spec, field.name)
        if field.name in _SHOWN_APART or value is None or value == "":
            continue
        if job.spec.policy is not Policy.CURVES or not _is_ignored(field.name):
            yield field.name, value_text(value)


def learning_facts(job: Job) -> Iterator[tuple[str, str]]:
    """Nothing, unless the policy learns anew."""
    if job.is_learning_anew:
        yield (
            "beliefs",
            "old ones, until the policy has learned anew from the trials that count",
        )


def changed_fields(before: JobSpec, after: JobSpec) -> Iterator[str]:
    """Each field that differs, with both values."""
    for field in dataclasses.fields(JobSpec):
        old, new = getattr(before, field.name), getattr(after, field.name)
        if old != new:
            yield f"{field.name} {value_text(old)} -> {value_text(new)}"


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

"""Changes the specification of a job, by the assignments of a command line."""

from dataclasses import dataclass
from typing import Any, Sequence

from zeus_bso.cli.assignments import Assignment
from zeus_bso.cli.exits import no_such_job
from zeus_bso.client import Client
from zeus_bso.types import Job, JobSpec


class SizesError(ValueError):
    """Batch sizes cannot be removed, as the job does not have them."""


@dataclass(frozen=True)
class ChangedField:
    """One field of JobSpec."""

    field: str
    before: Any
    after: Any
    meaning: str
    """What the change means, in a sentence of the server."""


@dataclass(frozen=True)
class Changes:
    """What an update changed; in a dry run, what it would change."""

    job: Job
    """As it is now; in a dry run, as it would be."""
    fields: tuple[ChangedField, ...]
    """Those that had another value before."""
    raced: bool
    """Another correction of the job came between reading its batch sizes and changing
    them, and the update may have undone it."""


def update_job(
    client: Client, job_id: str, assignments: Sequence[Assignment], dry_run: bool
) -> Changes:
    """Reads the job, then changes all of the fields or none.

    Raises:
        NotFound: There is no such job.
        SizesError: Nothing was changed.
        ZeusBsoError: A call failed.
    """
    before = client.get_job(job_id)
    if before is None:
        raise no_such_job(job_id)
    fields = _values(assignments, before.spec.batch_sizes)
    is_relative = _is_relative(assignments)
    if is_relative and fields["batch_sizes"] == before.spec.batch_sizes:
        del fields["batch_sizes"]  # Not sent, so that it cannot undo another change.
    if not fields:
        return Changes(before, (), raced=False)
    update = client.update_job(job_id, dry_run=dry_run, **fields)
    return Changes(
        update.job,
        tuple(
            ChangedField(
                each.field,
                _value(before.spec, each.field),
                _value(update.job.spec, each.field),
                each.meaning,
            )
            for each in update.changes
        ),
        raced=is_relative and not dry_run and _has_raced(before, update.job),
    )


def _values(
    assignments: Sequence[Assignment], job_sizes: Sequence[int]
) -> dict[str, Any]:
    """The new values of the fields. None: the default."""
    values: dict[str, Any] = {}
    for each in assignments:
        if each.operator == "=":
            values[each.field] = each.value
        else:
            present = values.get(each.field, job_sizes) or ()
            values[each.field] = _changed_sizes(present, each)
    return values


def _changed_sizes(present: Sequence[int], change: Assignment) -> tuple[int, ...]:
    """A size may be added again, but a typing error in a removal would not show."""
    if change.operator == "+=":
        return tuple(sorted({*present, *change.value}))
    for each in change.value:
        if each not in present:
            listed = ", ".join(map(str, present))
            raise SizesError(f"batch_sizes: {each} is not one of {listed}")
    return tuple(each for each in present if each not in change.value)


def _is_relative(assignments: Sequence[Assignment]) -> bool:
    """Whether the new batch sizes follow from those that the job has."""
    operators = {each.operator for each in assignments if each.field == "batch_sizes"}
    return bool(operators) and "=" not in operators


def _has_raced(before: Job, after: Job) -> bool:
    """Whether another correction came between reading the job and updating it.

    Reading and updating are two calls, and an update replaces all batch sizes. So if
    another caller changes the sizes between the two, that change is lost. The server
    counts corrections, of which this update is one at most: a greater difference shows
    the race. It may be a false alarm: the other correction may have changed something
    else, such as a trial that was made void or a policy that has learned anew.
    """
    return after.num_corrections > before.num_corrections + 1


def _value(spec: JobSpec, field: str) -> Any:
    if field == "disable_early_stop":  # A JobSpec says so by its beta_knob.
        return spec.beta_knob is None
    return getattr(spec, field, None)

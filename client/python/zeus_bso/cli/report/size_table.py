"""What was tried of each batch size, and what came of it."""

from collections import Counter, defaultdict
from typing import Iterator, Sequence

from zeus_bso.cli.report.history import History, estimate
from zeus_bso.cli.text import belief, failing, number
from zeus_bso.types import TrialFailure

_HEADS = (
    "batch size",
    "trials",
    "converged",
    "not converged",
    "failed",
    "mean cost/J",
)


def heads(history: History) -> Sequence[str]:
    """Of the columns of size_rows."""
    belief_head = ("believed mean cost/J",) if history.has_arms else ()
    return (*_HEADS, *belief_head, "")


def size_rows(history: History) -> Iterator[Sequence[str]]:
    """A row for each batch size of the job or of a trial, ascending; the cells belong to
    heads.
    """
    tried = Counter(each.batch_size for each in history.counted)
    unconverged = Counter(each.batch_size for each in history.unconverged)
    costs: dict[int, list[float]] = defaultdict(list)
    for run in history.converged:
        costs[run.batch_size].append(run.cost)
    failures: dict[int, Counter[TrialFailure]] = defaultdict(Counter)
    for trial in history.failed:
        failures[trial.batch_size][trial.failure] += 1
    arms = {arm.batch_size: arm for arm in history.arms}
    for size in history.batch_sizes:
        mean = estimate(costs[size])
        yield (
            str(size),
            str(tried[size]),
            str(len(costs[size])),
            str(unconverged[size]),
            _failed(failures[size]),
            number(mean.mean if mean else None),
            *(
                [belief(arms[size]) if size in arms else "-"]
                if history.has_arms
                else []
            ),
            _notes(history, size),
        )


def _failed(kinds: Counter[TrialFailure]) -> str:
    """How many, of which kinds."""
    if not kinds:
        return "0"
    names = [f"{count} {kind.name}" for kind, count in kinds.most_common()]
    return f"{kinds.total()}: {', '.join(names)}"


def _notes(history: History, size: int) -> str:
    notes = []
    if size == history.job.spec.default_batch_size:
        notes.append("default")
    if history.best is not None and size == history.best.batch_size:
        notes.append("cheapest trial")
    if size not in history.job.spec.batch_sizes:
        notes.append("removed from the job")
    for each in history.job.failures:
        if each.batch_size == size:
            notes.append(failing(each))
    if history.arms and size not in (arm.batch_size for arm in history.arms):
        notes.append("no arm: dropped by pruning")
    return ", ".join(notes)

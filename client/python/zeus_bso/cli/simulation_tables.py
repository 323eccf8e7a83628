"""A simulation as tables for people."""

import statistics
from dataclasses import dataclass
from typing import Callable, Iterable, Iterator, Mapping, Sequence

from zeus_bso.cli.tables import Column
from zeus_bso.simulation.comparison import LAST, Comparison, Spread
from zeus_bso.simulation.simulation import Settings
from zeus_bso.simulation.workload import Choice

_PREFIXES = ((1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "k"))

# On a terminal that is too narrow, these are left out.
_SPARE = ("sizes × limits", "recurrences", "trainings", "converged")

# The cells of a row, by their heads, after those that say what is compared.
_Cells = Mapping[str, Callable[[Comparison], str]]

_USAGE: _Cells = {
    "sizes × limits": lambda each: (
        f"{len(each.workload.batch_sizes)} × {len(each.workload.power_limits)}"
    ),
    "default": lambda each: _choice(each.workload.default),
    "best fixed": lambda each: _choice(each.best),
    "recurrences": lambda each: str(each.recurrences),
    "trainings": lambda each: _number(each.trainings, 1),
    "converged": lambda each: _number(each.converged, 1),
    "energy": lambda each: _joules(each.energy),
    "time": lambda each: f"{each.time.mean / 3600:.1f} ± "
    f"{each.time.deviation / 3600:.1f} h",
}
_CHANGE: _Cells = {
    "energy": lambda each: _percent(each.whole.energy),
    "time": lambda each: _percent(each.whole.time),
    f"energy, last {LAST}": lambda each: _percent(each.last.energy),
    f"time, last {LAST}": lambda each: _percent(each.last.time),
    "energy, best fixed": lambda each: _percent(each.whole_of_best.energy),
    "time, best fixed": lambda each: _percent(each.whole_of_best.time),
}
_REGRET: _Cells = {
    "against default": lambda each: _joules(each.regret_default),
    "against best fixed": lambda each: _joules(each.regret_best),
    "of it in the first half": lambda each: _joules(each.regret_best_at_half),
    "in runs of the best fixed": lambda each: _number(each.relative_regret, 2),
}

# The cells of the row of several comparisons.
_MEANS: Mapping[str, Callable[[Sequence[Comparison]], str]] = {
    "regret, in runs of the best fixed": lambda group: _number(
        _mean([each.relative_regrets for each in group]), 2
    ),
    "of the worst": lambda group: (
        f"{max(each.relative_regret.mean for each in group):.2f}"
    ),
    "energy": lambda group: _mean_change(each.whole.energy for each in group),
    "time": lambda group: _mean_change(each.whole.time for each in group),
    f"energy, last {LAST}": lambda group: _mean_change(
        each.last.energy for each in group
    ),
    f"time, last {LAST}": lambda group: _mean_change(each.last.time for each in group),
    "recurrences": lambda group: str(sum(each.recurrences for each in group)),
    "trainings": lambda group: f"{sum(each.trainings.mean for each in group):.1f}",
    "converged": lambda group: f"{sum(each.converged.mean for each in group):.1f}",
}


@dataclass(frozen=True)
class Table:
    """Each row has a cell for each column."""

    title: str
    columns: Sequence[Column]
    rows: Sequence[Sequence[str]]


def make_tables(
    comparisons: Sequence[Comparison], settings: Settings
) -> Iterator[Table]:
    """What was used, how much less that is, the regret, and the means of several."""
    gpus = list(dict.fromkeys(each.workload.gpu for each in comparisons))
    powers = {each.workload.max_power for each in comparisons}
    greatest = f"{powers.pop():g} W" if len(powers) == 1 else "the greatest power limit"
    yield _table(
        f"{', '.join(gpus)}, eta {settings.eta:g}, beta {settings.beta:g}, "
        f"{_seeds(settings.seeds)}",
        _USAGE,
        comparisons,
    )
    yield _table(
        f"Change against the default batch size at {greatest}", _CHANGE, comparisons
    )
    yield _table("Cumulative regret", _REGRET, comparisons)
    groups: dict[tuple[str, str], list[Comparison]] = {}
    for each in comparisons:
        groups.setdefault((each.policy.name, each.knobs.value), []).append(each)
    count = len(comparisons) // len(groups)
    if count > 1:
        yield Table(
            f"All {count} together: means, and totals of recurrences and trainings",
            [Column("policy"), Column("chosen"), *_number_columns(_MEANS)],
            [
                (*key, *(cell(group) for cell in _MEANS.values()))
                for key, group in groups.items()
            ],
        )


def _table(title: str, cells: _Cells, comparisons: Sequence[Comparison]) -> Table:
    labels: _Cells = {"workload": lambda each: each.workload.name}
    if len({each.workload.gpu for each in comparisons}) > 1:
        labels = {**labels, "GPU": lambda each: each.workload.gpu}
    labels = {
        **labels,
        "policy": lambda each: each.policy.name,
        "chosen": lambda each: each.knobs.value,
    }
    return Table(
        title,
        [*map(Column, labels), *_number_columns(cells)],
        [
            [cell(each) for cell in (*labels.values(), *cells.values())]
            for each in comparisons
        ],
    )


def _number_columns(heads: Iterable[str]) -> list[Column]:
    return [Column(head, right=True, spare=head in _SPARE) for head in heads]


def _mean(of_each: Sequence[Sequence[float]]) -> Spread:
    """The mean of several numbers that each seed has, over the seeds."""
    return Spread.of([statistics.fmean(of_seed) for of_seed in zip(*of_each)])


def _mean_change(changes: Iterable[Spread]) -> str:
    return f"{100 * statistics.fmean(change.mean for change in changes):+.1f} %"


def _number(of: Spread, decimals: int) -> str:
    return f"{of.mean:.{decimals}f} ± {of.deviation:.{decimals}f}"


def _choice(choice: Choice) -> str:
    return f"{choice.batch_size} at {choice.power_limit:g} W"


def _percent(of: Spread) -> str:
    return f"{100 * of.mean:+.1f} ± {100 * of.deviation:.1f} %"


def _joules(of: Spread) -> str:
    size = max(abs(of.mean), of.deviation)
    for factor, prefix in _PREFIXES:
        if size >= factor:
            return f"{of.mean / factor:.2f} ± {of.deviation / factor:.2f} {prefix}J"
    return f"{of.mean:.2f} ± {of.deviation:.2f} J"


def _seeds(seeds: Sequence[int]) -> str:
    if len(seeds) == 1:
        return f"seed {seeds[0]}"
    return f"mean ± standard deviation over seeds {', '.join(map(str, seeds))}"

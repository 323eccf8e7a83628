"""A simulation as tables for people."""

from dataclasses import dataclass
from typing import Callable, Iterator, Mapping, Sequence

from zeus_bso.cli.tables import Column
from zeus_bso.simulation.comparison import LAST, Comparison, Spread
from zeus_bso.simulation.simulation import Settings
from zeus_bso.simulation.workload import Choice

_PREFIXES = ((1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "k"))

# On a terminal that is too narrow, these are left out.
_SPARE = ("sizes × limits", "recurrences", "trainings")

# The cells of a row, by their heads, after those that say what is compared.
_Cells = Mapping[str, Callable[[Comparison], str]]

_USAGE: _Cells = {
    "sizes × limits": lambda each: (
        f"{len(each.workload.batch_sizes)} × {len(each.workload.power_limits)}"
    ),
    "default": lambda each: _choice(each.workload.default),
    "best fixed": lambda each: _choice(each.best),
    "recurrences": lambda each: str(each.recurrences),
    "trainings": lambda each: (
        f"{each.trainings.mean:.1f} ± {each.trainings.deviation:.1f}"
    ),
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
    """What was used, how much less that is, and the regret."""
    first = comparisons[0].workload
    yield _table(
        f"{first.gpu}, eta {settings.eta:g}, beta {settings.beta:g}, "
        f"{_seeds(settings.seeds)}",
        _USAGE,
        comparisons,
    )
    yield _table(
        f"Change against the default batch size at {first.max_power:g} W",
        _CHANGE,
        comparisons,
    )
    yield _table("Cumulative regret", _REGRET, comparisons)


def _table(title: str, cells: _Cells, comparisons: Sequence[Comparison]) -> Table:
    columns = [Column("workload"), Column("chosen")]
    for head in cells:
        columns.append(Column(head, right=True, spare=head in _SPARE))
    rows = []
    for each in comparisons:
        of_row = [cell(each) for cell in cells.values()]
        rows.append((each.workload.name, each.knobs.value, *of_row))
    return Table(title, columns, rows)


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

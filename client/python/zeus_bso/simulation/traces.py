"""Training traces, in the two CSV formats of the Zeus paper (NSDI'23).

A train trace says after how many epochs each run of a training reached each metric. A
power trace says what an epoch takes on one GPU model, for each batch size and power
limit.
"""

from dataclasses import dataclass
from os import PathLike

from zeus_bso.simulation.csv_lines import CsvLine, read_csv

_WORKLOAD = ("dataset", "network", "optimizer")
_TRAIN = ("batch_size", "learning_rate", "run", "target_metric", "target_epoch")
_POWER = ("batch_size", "power_limit", "time_per_epoch", "average_power")


@dataclass(frozen=True)
class TrainRow:
    """When one run reached one metric."""

    workload: str
    """dataset/network/optimizer."""
    batch_size: int
    run: tuple[str, str]
    """Names it among those of its batch size: learning rate and run."""
    metric: float
    epoch: int | None
    """After how many epochs it was reached. None: never."""


@dataclass(frozen=True)
class PowerRow:
    """What one epoch takes."""

    workload: str
    """dataset/network/optimizer."""
    batch_size: int
    power_limit: float
    """Of the GPU, in watts."""
    time_per_epoch: float
    """In seconds."""
    average_power: float
    """In watts."""


def read_train_trace(path: str | PathLike[str]) -> list[TrainRow]:
    """Reads a train trace.

    Raises:
        TraceError: Something in it is wrong.
        OSError: It cannot be read.
    """
    rows = []
    seen = _Seen("target_metric")
    for line in read_csv(path, (*_WORKLOAD, *_TRAIN)):
        row = TrainRow(
            workload=_workload(line),
            batch_size=line.count("batch_size"),
            run=(line.text("learning_rate"), line.text("run")),
            metric=line.number_of("target_metric"),
            epoch=line.count_or_nan("target_epoch"),
        )
        seen.add(line, row.workload, row.batch_size, row.run, row.metric)
        rows.append(row)
    return rows


def read_power_trace(path: str | PathLike[str]) -> list[PowerRow]:
    """Reads a power trace.

    Raises:
        TraceError: Something in it is wrong.
        OSError: It cannot be read.
    """
    rows = []
    seen = _Seen("power_limit")
    for line in read_csv(path, (*_WORKLOAD, *_POWER)):
        row = PowerRow(
            workload=_workload(line),
            batch_size=line.count("batch_size"),
            power_limit=line.positive("power_limit"),
            time_per_epoch=line.positive("time_per_epoch"),
            average_power=line.positive("average_power"),
        )
        seen.add(line, row.workload, row.batch_size, row.power_limit)
        rows.append(row)
    return rows


def _workload(line: CsvLine) -> str:
    return "/".join(line.text(column) for column in _WORKLOAD)


class _Seen:
    """Refuses a second line about the same."""

    def __init__(self, column: str) -> None:
        self._column = column
        self._lines: dict[tuple[object, ...], int] = {}

    def add(self, line: CsvLine, *key: object) -> None:
        first = self._lines.setdefault(key, line.number)
        if first != line.number:
            raise line.error(self._column, f"is that of line {first} again")

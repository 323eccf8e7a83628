"""The workloads that a pair of traces has."""

from dataclasses import dataclass
from typing import Mapping, Sequence

from zeus_bso.simulation.csv_lines import TraceError
from zeus_bso.simulation.paper import PAPER_JOBS
from zeus_bso.simulation.traces import PowerRow, TrainRow
from zeus_bso.simulation.workload import Choice, Usage, Workload

_MAX_EPOCHS = 100  # What the server takes for a job that states none.

# By batch size and name of the run, by metric: after how many epochs; None: never.
_Runs = Mapping[int, Mapping[tuple[str, str], Mapping[float, int | None]]]


@dataclass(frozen=True)
class Overrides:
    """What the user says about a workload. None: see make_workload."""

    default_batch_size: int | None = None
    target_metric: float | None = None
    max_epochs: int | None = None


def workload_names(train: Sequence[TrainRow], power: Sequence[PowerRow]) -> list[str]:
    """Those with a batch size that is in both traces, sorted."""
    sizes = {(row.workload, row.batch_size) for row in power}
    return sorted(
        {row.workload for row in train if (row.workload, row.batch_size) in sizes}
    )


def make_workload(
    name: str,
    gpu: str,
    train: Sequence[TrainRow],
    power: Sequence[PowerRow],
    overrides: Overrides = Overrides(),
) -> Workload:
    """A workload with the batch sizes that are in both traces.

    What the user does not say is as in the paper for its six workloads. A GPU whose
    trace lacks the paper's default batch size takes the next smaller one. For other
    workloads: the greatest batch size, 100 epochs at most, and as the target the
    hardest metric that every run of the default batch size reaches in them.

    Args:
        name: One of workload_names.
        gpu: The name of the GPU model.
        train: The train trace.
        power: The power trace of this GPU model.
        overrides: What the user says.

    Raises:
        TraceError: The traces do not allow it.
    """
    max_power = max(row.power_limit for row in power)
    epochs = {
        Choice(row.batch_size, row.power_limit): Usage(
            row.time_per_epoch, row.time_per_epoch * row.average_power
        )
        for row in power
        if row.workload == name
    }
    runs = _runs_of(name, train, {choice.batch_size for choice in epochs})
    epochs = {key: value for key, value in epochs.items() if key.batch_size in runs}
    _check_max_power(name, runs, epochs, max_power)

    paper = PAPER_JOBS.get(name)
    max_epochs = overrides.max_epochs or (paper.max_epochs if paper else _MAX_EPOCHS)
    default = overrides.default_batch_size
    if default is None:
        default = _default_batch_size(runs, paper.default_batch_size if paper else None)
    if default not in runs:
        raise TraceError(f"{name}: the traces have no batch size {default}")
    higher_is_better = _higher_is_better(runs)
    target = overrides.target_metric
    if target is None and paper is not None:
        target = paper.target_metric
    if target is None:
        target = _hardest_metric(name, runs[default], max_epochs, higher_is_better)
    workload = Workload(
        name=name,
        gpu=gpu,
        max_power=max_power,
        default_batch_size=default,
        target_metric=target,
        higher_is_better=higher_is_better,
        max_epochs=max_epochs,
        runs=_epochs_to(name, runs, target),
        epochs=epochs,
    )
    if workload.expected_usage(workload.default) is None:
        raise TraceError(
            f"{name}: no run of the default batch size {default} reaches {target:g} in "
            f"{max_epochs} epochs"
        )
    return workload


def _runs_of(name: str, train: Sequence[TrainRow], sizes: set[int]) -> _Runs:
    runs: dict[int, dict[tuple[str, str], dict[float, int | None]]] = {}
    for row in sorted(train, key=lambda row: row.batch_size):
        if row.workload == name and row.batch_size in sizes:
            of_size = runs.setdefault(row.batch_size, {})
            of_size.setdefault(row.run, {})[row.metric] = row.epoch
    if not runs:
        raise TraceError(f"{name}: no batch size is in both traces")
    return runs


def _check_max_power(
    name: str, runs: _Runs, epochs: Mapping[Choice, Usage], max_power: float
) -> None:
    for size in runs:
        if Choice(size, max_power) not in epochs:
            raise TraceError(
                f"{name}: the power trace has nothing for batch size {size} at the "
                f"greatest power limit, {max_power:g} W"
            )


def _default_batch_size(runs: _Runs, of_paper: int | None) -> int:
    if of_paper is None:
        return max(runs)
    return max((size for size in runs if size <= of_paper), default=min(runs))


def _higher_is_better(runs: _Runs) -> bool:
    """Whether greater metrics are reached later. Without a hint: yes."""
    votes = 0
    for of_size in runs.values():
        for reached in of_size.values():
            epochs = [reached[metric] for metric in sorted(reached)]
            first, last = (
                float("inf") if epoch is None else epoch
                for epoch in (epochs[0], epochs[-1])
            )
            votes += (last > first) - (last < first)
    return votes >= 0


def _hardest_metric(
    name: str,
    of_size: Mapping[tuple[str, str], Mapping[float, int | None]],
    max_epochs: int,
    higher_is_better: bool,
) -> float:
    metrics = set.intersection(*(set(reached) for reached in of_size.values()))
    always = [
        metric
        for metric in metrics
        if all(
            epoch is not None and epoch <= max_epochs
            for epoch in (reached[metric] for reached in of_size.values())
        )
    ]
    if not always:
        raise TraceError(
            f"{name}: there is no metric that every run of the default batch size "
            f"reaches in {max_epochs} epochs; say which is the target"
        )
    return max(always) if higher_is_better else min(always)


def _epochs_to(
    name: str, runs: _Runs, target: float
) -> Mapping[int, tuple[int | None, ...]]:
    metrics = sorted(
        {metric for of in runs.values() for run in of.values() for metric in run}
    )
    if target not in metrics:
        known = ", ".join(f"{metric:g}" for metric in metrics)
        raise TraceError(f"{name}: {target:g} is not a metric of the trace: {known}")
    epochs = {}
    for size, of_size in runs.items():
        for (_, run), reached in of_size.items():
            if target not in reached:
                raise TraceError(
                    f"{name}: the train trace does not say when run {run} of batch size "
                    f"{size} reached {target:g}"
                )
        epochs[size] = tuple(reached[target] for reached in of_size.values())
    return epochs

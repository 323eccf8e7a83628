"""What the tests of the simulation share: an excerpt of the traces, small workloads."""

from pathlib import Path
from typing import Any, Mapping, Sequence

from zeus_bso.simulation.workload import Choice, Usage, Workload

DATA = Path(__file__).parent / "data"
TRAIN = DATA / "simulation_train.csv"
POWER = DATA / "simulation_power.csv"
CIFAR = "cifar100/shufflenetv2/adadelta"
LIBRISPEECH = "librispeech/deepspeech2/adamw"


def make_workload(
    runs: Mapping[int, Sequence[int | None]],
    epochs: Mapping[tuple[int, float], tuple[float, float]],
    **changes: Any,
) -> Workload:
    """A workload of these runs, and seconds and joules of an epoch.

    Its default is the greatest batch size.
    """
    values: dict[str, Any] = {
        "name": "data/net/opt",
        "gpu": "none",
        "max_power": 100.0,
        "default_batch_size": max(runs),
        "target_metric": 0.5,
        "higher_is_better": True,
        "max_epochs": 10,
        "runs": {size: tuple(of_size) for size, of_size in runs.items()},
        "epochs": {Choice(*key): Usage(*usage) for key, usage in epochs.items()},
    }
    return Workload(**{**values, **changes})

"""A training script for optimizer_test.py, as it was written for Zeus but for its
imports: python optimizer_trainer.py SERVER_URL JOB_ID METRIC_PER_EPOCH HOW.

HOW is what happens after the first epoch: "train" goes on, "break" ends the loop, "wait"
waits for ever, all else is an expression that is run.
"""

import sys
import time
from types import SimpleNamespace
from typing import Any

from zeus_bso.optimizer.batch_size import BatchSizeOptimizer, JobSpec

EPOCHS = 10


class V100s:
    """The GPUs of a ZeusMonitor."""

    def getName(self, index: int) -> str:
        return "Tesla V100"

    def getPowerManagementLimitConstraints(self, index: int) -> tuple[int, int]:
        return 100_000, 300_000


class ZeusMonitor:
    """A window takes 10 s and 1 kJ on each GPU."""

    def __init__(self, gpu_indices: list[int]) -> None:
        self.gpus = V100s()
        self.gpu_indices = gpu_indices

    def begin_window(self, key: str, sync_execution: bool = True) -> None:
        pass

    def end_window(self, key: str, sync_execution: bool = True) -> Any:
        return SimpleNamespace(time=10.0, total_energy=1000.0 * len(self.gpu_indices))


def main() -> None:
    url, job_id, metric, how = sys.argv[1:]
    bso = BatchSizeOptimizer(
        monitor=ZeusMonitor(gpu_indices=[0, 1]),
        server_url=url,
        job=JobSpec(
            job_id=job_id,
            job_id_prefix="zeus",
            default_batch_size=64,
            batch_sizes=[32, 64],
            max_epochs=EPOCHS,
            target_metric=0.5,
            beta_knob=None,
        ),
    )
    print("batch size", bso.get_batch_size(), flush=True)
    bso.on_train_begin()
    for epoch in range(1, EPOCHS + 1):
        bso.on_evaluate(epoch * float(metric))
        if how == "wait":
            print("waiting", flush=True)
            for _ in range(6000):  # A longer sleep could miss a signal.
                time.sleep(0.01)
        elif how == "break":
            break
        elif how != "train":
            exec(how)


if __name__ == "__main__":
    main()

"""A PyTorch training around a BatchSizeOptimizer. Needs PyTorch."""

from typing import Any, Iterator

from torch import distributed
from torch.utils.data import DataLoader, Dataset, DistributedSampler, RandomSampler

from zeus_bso.optimizer.batch_size import BatchSizeOptimizer
from zeus_bso.optimizer.batch_size.exceptions import (
    ZeusBSOConfigError,
    ZeusBSOTrainFailError,
)


class TrainingLoop:
    """The epochs of one training, with loaders of the batch size that was picked.

        loop = TrainingLoop(optimizer)
        batches = loop.data_loader(dataset)
        for epoch in loop.epochs():
            train(model, batches)
            loop.evaluate(accuracy(model))

    In a distributed training (torch.distributed is initialized) the batch size is
    divided among the ranks, and each loader reads its own part of the data; give the
    optimizer zeus_bso.distributed.torch_broadcast(). Not safe for threads.
    """

    converged: bool = False
    """Whether the training reached its target."""

    def __init__(self, optimizer: BatchSizeOptimizer) -> None:
        """Starts the trial.

        Raises:
            ZeusBSORuntimError: The server refused, or cannot be reached.
            ZeusBSOConfigError: The batch size is no multiple of the number of ranks.
        """
        self._optimizer = optimizer
        self._samplers: list[DistributedSampler[Any]] = []
        self.batch_size = optimizer.get_batch_size()
        """Over all ranks; what learning rates are scaled by."""
        self.world_size = distributed.get_world_size() if _is_distributed() else 1
        """How many ranks there are."""
        if self.batch_size % self.world_size != 0:
            raise ZeusBSOConfigError(
                f"{self.world_size} ranks cannot share a batch size of {self.batch_size}"
            )

    def data_loader(self, dataset: Dataset[Any], **options: Any) -> DataLoader[Any]:
        """A shuffled loader of this rank's part of each batch.

        Args:
            dataset: A map-style dataset.
            options: Of torch.utils.data.DataLoader, but for batch_size, shuffle and
                sampler.
        """
        sampler: Any = RandomSampler(dataset)  # type: ignore[arg-type]
        if self.world_size > 1:
            sampler = DistributedSampler(dataset)
            self._samplers.append(sampler)
        return DataLoader(
            dataset,
            batch_size=self.batch_size // self.world_size,
            sampler=sampler,
            **options,
        )

    def epochs(self) -> Iterator[int]:
        """1, 2, 3, ... until the server says to stop. Call `evaluate` in each.

        Raises:
            RuntimeError: `evaluate` was not called.
        """
        self._optimizer.on_train_begin()
        while not self._optimizer.training_finished:
            epoch = self._optimizer.cur_epoch + 1
            for sampler in self._samplers:
                sampler.set_epoch(epoch)  # Else each epoch has the same order.
            yield epoch
            if self._optimizer.cur_epoch != epoch:
                raise RuntimeError(f"evaluate was not called in epoch {epoch}")

    def evaluate(self, metric: float) -> None:
        """Reports the epoch. When the training is over, the loop ends after it, and
        nothing more is reported.

        Raises:
            ZeusBSORuntimError: The server refused the report.
        """
        if self._optimizer.training_finished:
            return
        try:
            self._optimizer.on_evaluate(metric)
        except ZeusBSOTrainFailError:
            return
        self.converged = self._optimizer.converged


def _is_distributed() -> bool:
    return distributed.is_available() and distributed.is_initialized()

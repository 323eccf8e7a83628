"""A callback for the Trainer of Hugging Face. Needs transformers."""

from typing import Any, Mapping

from transformers import (
    TrainerCallback,
    TrainerControl,
    TrainerState,
    TrainingArguments,
)

from zeus_bso.optimizer.batch_size import BatchSizeOptimizer
from zeus_bso.optimizer.batch_size.exceptions import (
    ZeusBSOConfigError,
    ZeusBSOTrainFailError,
)


def set_batch_size(arguments: TrainingArguments, optimizer: BatchSizeOptimizer) -> None:
    """Starts the trial, and has a Trainer made with these arguments use its batch size.

    The size is divided among the processes and the steps that gradients are accumulated
    for. Call it before the Trainer is made.

    Raises:
        ZeusBSOConfigError: It is no multiple of their product.
        ZeusBSORuntimError: The server refused, or cannot be reached.
    """
    parts = arguments.world_size * arguments.gradient_accumulation_steps
    batch_size = optimizer.get_batch_size()
    if batch_size % parts != 0:
        raise ZeusBSOConfigError(
            f"a batch size of {batch_size} cannot be divided into {parts} parts"
        )
    # The Trainer multiplies by the GPUs of this process that it uses (DataParallel).
    gpus = max(1, arguments.n_gpu)
    if batch_size // parts % gpus != 0:
        raise ZeusBSOConfigError(
            f"{gpus} GPUs cannot share a batch size of {batch_size // parts}"
        )
    arguments.per_device_train_batch_size = batch_size // parts // gpus


class BatchSizeCallback(TrainerCallback):  # type: ignore[misc]
    """Reports each evaluation as an epoch, and stops the training when it is over.

    The Trainer must evaluate after each epoch (evaluation strategy "epoch") and train
    for JobSpec.max_epochs at least. What is evaluated before the training or after it
    is not reported.
    """

    converged: bool = False
    """Whether the training reached its target."""

    def __init__(
        self, optimizer: BatchSizeOptimizer, metric: str = "eval_accuracy"
    ) -> None:
        """Reports to the optimizer.

        Args:
            optimizer: Of this training, after set_batch_size.
            metric: The name of the metric among those of the evaluation.
        """
        self._optimizer = optimizer
        self._metric = metric
        self._training = False

    def on_train_begin(
        self,
        args: TrainingArguments,
        state: TrainerState,
        control: TrainerControl,
        **kwargs: Any,
    ) -> None:
        """Begins to measure."""
        self._optimizer.on_train_begin()
        self._training = True

    def on_train_end(
        self,
        args: TrainingArguments,
        state: TrainerState,
        control: TrainerControl,
        **kwargs: Any,
    ) -> None:
        """No evaluation that follows is of an epoch.

        The trial of a training that the server did not stop ends with the optimizer: as
        NOT_CONVERGED if the script goes on to its end.
        """
        self._training = False

    def on_evaluate(
        self,
        args: TrainingArguments,
        state: TrainerState,
        control: TrainerControl,
        metrics: Mapping[str, float],
        **kwargs: Any,
    ) -> None:
        """Reports.

        Raises:
            ZeusBSOConfigError: The evaluation has no such metric.
            ZeusBSORuntimError: The server refused the report.
        """
        if not self._training or self._optimizer.training_finished:
            return
        if self._metric not in metrics:
            raise ZeusBSOConfigError(
                f"the evaluation has no {self._metric!r}, but {', '.join(metrics)}"
            )
        try:
            self._optimizer.on_evaluate(metrics[self._metric])
        except ZeusBSOTrainFailError:
            pass
        else:
            self.converged = self._optimizer.converged
        if self._optimizer.training_finished:
            control.should_training_stop = True

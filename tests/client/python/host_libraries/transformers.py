"""The part of Hugging Face's transformers that the client uses, as it documents it."""

from dataclasses import dataclass, field
from typing import Any, Callable


@dataclass
class TrainingArguments:
    num_train_epochs: int = 3
    per_device_train_batch_size: int = 8
    gradient_accumulation_steps: int = 1
    world_size: int = 1
    n_gpu: int = 0


@dataclass
class TrainerState:
    epoch: float = 0.0


@dataclass
class TrainerControl:
    should_training_stop: bool = False


class TrainerCallback:
    def on_train_begin(self, args: Any, state: Any, control: Any, **kwargs: Any) -> Any:
        """Called at the begin of a training."""

    def on_train_end(self, args: Any, state: Any, control: Any, **kwargs: Any) -> Any:
        """Called at the end of a training."""

    def on_evaluate(self, args: Any, state: Any, control: Any, **kwargs: Any) -> Any:
        """Called after an evaluation, with its `metrics`."""


@dataclass
class Trainer:
    """Evaluates after each epoch, and when it is asked to."""

    args: TrainingArguments
    callbacks: list[TrainerCallback]
    measure: Callable[[float], dict[str, float]]
    state: TrainerState = field(default_factory=TrainerState)
    control: TrainerControl = field(default_factory=TrainerControl)

    def train(self) -> None:
        self._call("on_train_begin")
        for epoch in range(1, self.args.num_train_epochs + 1):
            self.state.epoch = epoch
            self.evaluate()
            if self.control.should_training_stop:
                break
        self._call("on_train_end")

    def evaluate(self, metric_key_prefix: str = "eval") -> dict[str, float]:
        measured = self.measure(self.state.epoch)
        metrics = {f"{metric_key_prefix}_{key}": measured[key] for key in measured}
        self._call("on_evaluate", metrics=metrics)
        return metrics

    def _call(self, event: str, **kwargs: Any) -> None:
        for callback in self.callbacks:
            method = getattr(callback, event)
            method(self.args, self.state, self.control, model=None, **kwargs)

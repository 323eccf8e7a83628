"""Learning rates for other batch sizes than the one that they were chosen for."""

import math
from typing import Literal


def scale_lr(
    base_lr: float,
    base_batch_size: int,
    batch_size: int,
    rule: Literal["linear", "sqrt"] = "linear",
) -> float:
    """The learning rate for a batch size.

    Args:
        base_lr: A learning rate that is good with base_batch_size.
        base_batch_size: Over all GPUs, at least 1.
        batch_size: That of this training, over all GPUs, at least 1.
        rule: "linear", for SGD with or without momentum: each step sees more samples, so
            that it may be longer by as much (Goyal et al., Accurate, Large Minibatch SGD,
            2017). "sqrt", for Adam, AdamW and LAMB, whose steps are divided by the
            gradient's deviation, which falls with the square root of the batch size
            (Malladi et al., On the SDEs and Scaling Rules for Adaptive Gradient
            Algorithms, 2022).

    Raises:
        ValueError: An argument is out of its bounds.
    """
    if base_lr <= 0:
        raise ValueError(f"base_lr must be greater than 0, not {base_lr}")
    if base_batch_size < 1 or batch_size < 1:
        raise ValueError(
            f"batch sizes are at least 1, not {base_batch_size} and {batch_size}"
        )
    ratio = batch_size / base_batch_size
    if rule == "linear":
        return base_lr * ratio
    if rule == "sqrt":
        return base_lr * math.sqrt(ratio)
    raise ValueError(f'rule must be "linear" or "sqrt", not {rule!r}')

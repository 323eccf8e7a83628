"""From rank 0 of a distributed training to its other ranks."""

import importlib
from typing import Any, Callable

# Called by every rank at the same point, each time: rank 0 with a value that pickle
# takes, the others with None. Answers the value of rank 0.
Broadcast = Callable[[Any], Any]


def torch_broadcast(group: Any = None) -> Broadcast:
    """Over torch.distributed.

    Args:
        group: A process group whose first rank is rank 0. None: all processes. With
            the backend NCCL each process must have chosen its GPU
            (torch.cuda.set_device).

    Raises:
        ImportError: PyTorch is not installed, or not for distributed training.
        RuntimeError: torch.distributed is not initialized.
    """
    distributed = importlib.import_module("torch.distributed")
    if not distributed.is_available():
        raise ImportError("this PyTorch was built without torch.distributed")
    if not distributed.is_initialized():
        raise RuntimeError("call torch.distributed.init_process_group first")

    def broadcast(value: Any) -> Any:
        values = [value]
        distributed.broadcast_object_list(values, src=0, group=group)
        return values[0]

    return broadcast

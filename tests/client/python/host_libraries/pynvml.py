"""The part of pynvml (nvidia-ml-py) that the client uses, as NVIDIA documents it."""

_GPUS = {
    "GPU-aaaa": ("Tesla V100", 250_000),
    "GPU-bbbb": ("Tesla V100", 300_000),
    "GPU-cccc": ("Tesla P100", 200_000),
}

energy = dict.fromkeys(_GPUS, 1_000_000)
"""Of each GPU since the driver was loaded, in millijoules. P100s have no counter."""


class NVMLError(Exception):
    """Any error of the library."""


def nvmlInit() -> None:
    """Loads the driver."""


def nvmlDeviceGetCount() -> int:
    return len(_GPUS)


def nvmlDeviceGetHandleByIndex(index: int) -> str:
    if index >= len(_GPUS):
        raise NVMLError("Invalid Argument")
    return list(_GPUS)[index]


def nvmlDeviceGetHandleByUUID(uuid: str) -> str:
    if uuid not in _GPUS:
        raise NVMLError("Not Found")
    return uuid


def nvmlDeviceGetName(handle: str) -> bytes:
    return _GPUS[handle][0].encode()


def nvmlDeviceGetPowerManagementLimitConstraints(handle: str) -> list[int]:
    return [100_000, _GPUS[handle][1]]


def nvmlDeviceGetTotalEnergyConsumption(handle: str) -> int:
    if "P100" in _GPUS[handle][0]:
        raise NVMLError("Not Supported")
    return energy[handle]

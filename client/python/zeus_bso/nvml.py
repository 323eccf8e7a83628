"""The energy counters of NVIDIA GPUs, through pynvml (package nvidia-ml-py)."""

import importlib
import os
from types import ModuleType
from typing import Any, Sequence

from zeus_bso.energy import Hardware
from zeus_bso.errors import ZeusBsoError


class NvmlError(ZeusBsoError, RuntimeError):
    """GPUs cannot be measured; the message says why."""


class NvmlMeter:
    """Energy of some GPUs as a whole: chips, memory and boards; not safe for threads.

    Reads nvmlDeviceGetTotalEnergyConsumption, a counter of millijoules that GPUs have
    since Volta, which the driver renews some ten times a second.
    """

    def __init__(self, gpu_indices: Sequence[int] | None = None) -> None:
        """Starts counting.

        Args:
            gpu_indices: As CUDA counts: 0 is the first of CUDA_VISIBLE_DEVICES where
                that is set. None: all that CUDA sees.

        Raises:
            NvmlError: pynvml or the driver is missing, there is no such GPU, or it has
                no counter.
        """
        self._nvml = _load()
        try:
            visible = _visible_gpus(self._nvml)
            indices = range(len(visible)) if gpu_indices is None else gpu_indices
            self._gpus = [visible[index] for index in indices]
            if not self._gpus:
                raise NvmlError("there is no GPU")
            self._start = self._millijoules()
        except IndexError:
            raise NvmlError(
                f"CUDA sees {len(visible)} GPUs, not {gpu_indices}"
            ) from None
        except self._nvml.NVMLError as error:
            raise NvmlError(f"a GPU has no energy counter: {error}") from error

    @property
    def description(self) -> str:
        """Where the numbers come from, for people."""
        return f"measured by NVML on {len(self._gpus)} GPU(s)"

    @property
    def hardware(self) -> Hardware:
        """What the GPUs are, and the highest power limit that they can be set to.

        Raises:
            NvmlError: They are not alike, or cannot be asked.
        """
        try:
            models = {_text(self._nvml.nvmlDeviceGetName(gpu)) for gpu in self._gpus}
            limits = [
                self._nvml.nvmlDeviceGetPowerManagementLimitConstraints(gpu)[1]
                for gpu in self._gpus
            ]
        except self._nvml.NVMLError as error:
            raise NvmlError(f"a GPU does not say what it is: {error}") from error
        if len(models) > 1:
            raise NvmlError(f"the GPUs are not alike: {', '.join(sorted(models))}")
        return Hardware(
            max_power=sum(limits) / 1000,
            number_of_gpus=len(self._gpus),
            gpu_model=models.pop(),
        )

    def joules(self) -> float:
        """Energy of all the GPUs since the meter was made, in joules.

        Raises:
            NvmlError: A counter can no longer be read.
        """
        try:
            return (self._millijoules() - self._start) / 1000
        except self._nvml.NVMLError as error:
            raise NvmlError(f"an energy counter cannot be read: {error}") from error

    def _millijoules(self) -> int:
        energy = self._nvml.nvmlDeviceGetTotalEnergyConsumption
        return sum(int(energy(gpu)) for gpu in self._gpus)


def _load() -> ModuleType:
    try:
        nvml = importlib.import_module("pynvml")
    except ImportError as error:
        raise NvmlError("pynvml is not installed: pip install nvidia-ml-py") from error
    try:
        nvml.nvmlInit()
    except nvml.NVMLError as error:
        raise NvmlError(f"the driver of the GPUs cannot be used: {error}") from error
    return nvml


def _visible_gpus(nvml: Any) -> list[Any]:
    """Handles in CUDA's order, given CUDA_DEVICE_ORDER=PCI_BUS_ID or equal GPUs."""
    visible = os.environ.get("CUDA_VISIBLE_DEVICES")
    if visible is None:
        names = [str(index) for index in range(nvml.nvmlDeviceGetCount())]
    else:
        names = [name.strip() for name in visible.split(",") if name.strip()]
    return [_handle(nvml, name) for name in names]


def _handle(nvml: Any, name: str) -> Any:
    if name.isdecimal():
        return nvml.nvmlDeviceGetHandleByIndex(int(name))
    return nvml.nvmlDeviceGetHandleByUUID(name)


def _text(name: str | bytes) -> str:
    """Older versions of pynvml answer bytes."""
    return name.decode() if isinstance(name, bytes) else name

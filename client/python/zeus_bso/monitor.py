"""Monitors: time and energy of a window of the training, by the protocol of Zeus.

A ZeusMonitor is one. Those here are for machines without Zeus; `description` says what
each measures.
"""

import sys
import threading
import time
import weakref
from dataclasses import dataclass
from typing import Any, Protocol, Sequence

from zeus_bso.energy import EnergyMeter, FixedPowerMeter, Hardware, RaplMeter
from zeus_bso.nvml import NvmlMeter

# In seconds. RAPL counters wrap after a quarter of an hour at the earliest: a range of
# 262 kJ at 300 W.
_RAPL_INTERVAL = 60.0


class WindowMeasurement(Protocol):
    """What end_window answers."""

    @property
    def time(self) -> float:
        """How long the window was, in seconds."""

    @property
    def total_energy(self) -> float:
        """Energy used in it, in joules."""


class Monitor(Protocol):
    """Anything that measures windows: begins and ends them by name."""

    def begin_window(self, key: str) -> None:
        """Begins the window named key, which is not open."""

    def end_window(self, key: str) -> WindowMeasurement:
        """Ends the window named key."""


@dataclass(frozen=True)
class Measurement:
    """Time and energy of one window."""

    time: float
    """In seconds."""
    total_energy: float
    """In joules."""


class MeterMonitor:
    """Windows on an energy meter. Safe for threads."""

    def __init__(self, meter: EnergyMeter) -> None:
        self._meter = meter
        self._lock = threading.Lock()
        self._begins: dict[str, Measurement] = {}

    @property
    def description(self) -> str:
        """What is measured, for people."""
        return self._meter.description

    def begin_window(self, key: str) -> None:
        """Begins the window named key.

        Raises:
            ValueError: It is open already.
        """
        with self._lock:
            if key in self._begins:
                raise ValueError(f"window {key!r} is open already")
            self._begins[key] = self._read()

    def end_window(self, key: str) -> Measurement:
        """Ends the window named key, and says what it took.

        Raises:
            ValueError: It is not open.
        """
        with self._lock:
            if key not in self._begins:
                raise ValueError(f"window {key!r} is not open")
            begin, end = self._begins.pop(key), self._read()
        return Measurement(end.time - begin.time, end.total_energy - begin.total_energy)

    def _read(self) -> Measurement:
        return Measurement(time.monotonic(), self._meter.joules())


class NvmlMonitor(MeterMonitor):
    """Measures NVIDIA GPUs, since Volta, by their own counters; not the processor.

    Where PyTorch uses a GPU, a window begins and ends when the GPU has done what it was
    told to do.
    """

    def __init__(self, gpu_indices: Sequence[int] | None = None) -> None:
        """As NvmlMeter, with its errors, also those of its `hardware`."""
        meter = NvmlMeter(gpu_indices)
        super().__init__(meter)
        self.hardware: Hardware = meter.hardware
        self._gpu_indices = gpu_indices

    def _read(self) -> Measurement:
        torch: Any = sys.modules.get("torch")  # Else nothing runs by PyTorch.
        if torch is not None and torch.cuda.is_initialized():
            indices = self._gpu_indices
            for index in (
                range(torch.cuda.device_count()) if indices is None else indices
            ):
                torch.cuda.synchronize(index)
        return super()._read()


class RaplMonitor(MeterMonitor):
    """Measures the processor packages by their own counters (RAPL); not the memory.

    They count what every process on the machine uses. A thread reads them each minute,
    so that they may wrap within a window.
    """

    def __init__(self, meter: RaplMeter | None = None) -> None:
        """Of these counters; None: of this machine's, with the errors of RaplMeter."""
        super().__init__(meter or RaplMeter())
        threading.Thread(
            target=_read_often,
            args=(weakref.ref(self),),
            name="zeus-bso-rapl",
            daemon=True,
        ).start()

    def read(self) -> None:
        """Takes note of the counters, which must be done before they wrap.

        Raises:
            OSError: They can no longer be read.
        """
        with self._lock:
            self._meter.joules()


def _read_often(monitor: "weakref.ref[RaplMonitor]") -> None:
    """Until the monitor is gone, or fails: its next window says why."""
    while True:
        time.sleep(_RAPL_INTERVAL)
        present = monitor()
        if present is None:
            return
        try:
            present.read()
        except OSError:
            return
        del present


class FixedPowerMonitor(MeterMonitor):
    """Measures time, and takes the power for constant: an estimate."""

    def __init__(self, watts: float) -> None:
        """As FixedPowerMeter."""
        super().__init__(FixedPowerMeter(watts))

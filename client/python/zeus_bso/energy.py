"""How much energy this machine has used: measured where it can be, else estimated.

A meter counts joules from the moment it is made, so the energy of a piece of work is
the difference of two readings.
"""

import time
from dataclasses import dataclass
from pathlib import Path
from typing import Callable, Protocol

# Where Linux shows the counters of the running average power limit (RAPL) interface
# of Intel and AMD processors.
POWERCAP = Path("/sys/class/powercap")


@dataclass(frozen=True)
class Hardware:
    """What a job runs on: the fields of JobSpec by the same names."""

    max_power: float
    """Power limit of all GPUs together, in watts."""
    number_of_gpus: int
    gpu_model: str


class EnergyMeter(Protocol):
    """Counts joules."""

    @property
    def description(self) -> str:
        """Where the numbers come from, for people."""

    def joules(self) -> float:
        """Energy since the meter was made, in joules. Never decreases."""


class _Domain:
    """One counter of microjoules, which starts again at 0 after its maximum."""

    def __init__(self, directory: Path) -> None:
        self._counter = directory / "energy_uj"
        self._range = _read_int(directory / "max_energy_range_uj")
        self._last = _read_int(self._counter)
        self.total = 0

    def update(self) -> None:
        value = _read_int(self._counter)
        self.total += (value - self._last) % self._range
        self._last = value


class RaplMeter:
    """The processor packages' own energy counters; not safe for threads.

    They count what every process on the machine uses. A counter wraps after minutes
    to hours, depending on the processor and its load: `joules` must be called more
    often than that.
    """

    def __init__(self, root: Path = POWERCAP) -> None:
        """Starts counting.

        Args:
            root: The powercap directory.

        Raises:
            OSError: There is no package counter, or it cannot be read (most systems
                let only root do so).
        """
        packages = [
            directory
            for directory in sorted(root.glob("intel-rapl:*"))
            if (directory / "name").read_text().startswith("package")
        ]
        if not packages:
            raise FileNotFoundError(f"{root} has no energy counter of a processor")
        self._domains = [_Domain(package) for package in packages]

    @property
    def description(self) -> str:
        """Where the numbers come from, for people."""
        return f"measured by RAPL on {len(self._domains)} processor package(s)"

    def joules(self) -> float:
        """Energy of all packages since the meter was made, in joules.

        Raises:
            OSError: A counter can no longer be read.
        """
        for domain in self._domains:
            domain.update()
        return sum(domain.total for domain in self._domains) / 1e6


class FixedPowerMeter:
    """Elapsed time at a power that somebody stated: an estimate, not a measurement."""

    def __init__(
        self, watts: float, clock: Callable[[], float] = time.perf_counter
    ) -> None:
        """Starts counting.

        Args:
            watts: The power that the machine is taken to draw, greater than 0.
            clock: Seconds since any fixed moment.

        Raises:
            ValueError: watts is not greater than 0.
        """
        if not watts > 0:
            raise ValueError(f"watts must be greater than 0, not {watts}")
        self._watts = watts
        self._clock = clock
        self._start = clock()

    @property
    def description(self) -> str:
        """Where the numbers come from, for people."""
        return f"estimated as elapsed time x {self._watts:g} W"

    def joules(self) -> float:
        """Energy since the meter was made, in joules."""
        return self._watts * (self._clock() - self._start)


def best_meter(watts: float, root: Path = POWERCAP) -> EnergyMeter:
    """The most truthful meter that this machine offers.

    Args:
        watts: The power to go by when nothing can be measured, greater than 0.
        root: The powercap directory.

    Returns:
        A RaplMeter where its counters can be read, otherwise a FixedPowerMeter.

    Raises:
        ValueError: watts is needed and not greater than 0.
    """
    try:
        return RaplMeter(root)
    except (OSError, ValueError):
        return FixedPowerMeter(watts)


def _read_int(path: Path) -> int:
    return int(path.read_text())

"""The time and the energy of a training, epoch by epoch."""

import contextlib

from zeus_bso.monitor import Monitor

_WINDOW = "zeus_bso.BatchSizeOptimizer"


class Measuring:
    """With a monitor, of which it uses one window. Not safe for threads."""

    def __init__(self, monitor: Monitor) -> None:
        self._monitor = monitor
        self._is_open = False
        self.time_seconds = 0.0
        """Of all epochs that have ended."""
        self.energy_joules = 0.0

    def begin_epoch(self) -> None:
        """One that was broken off does not count."""
        if self._is_open:
            self._end()
        self._monitor.begin_window(_WINDOW)
        self._is_open = True

    def end_epoch(self) -> None:
        """Adds what has been measured since its begin."""
        self._is_open = False
        measured = self._monitor.end_window(_WINDOW)
        self.time_seconds += measured.time
        self.energy_joules += measured.total_energy

    def stop(self) -> None:
        """Leaves the monitor to another training."""
        if self._is_open:
            with contextlib.suppress(Exception):
                self._end()

    def abandon(self) -> None:
        """At the end of the process, when the monitor may no longer work."""
        self._is_open = False

    def _end(self) -> None:
        self._is_open = False
        self._monitor.end_window(_WINDOW)

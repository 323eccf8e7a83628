"""SIGTERM as SystemExit, so that `with` and `finally` are run when a process is asked
to stop, as schedulers do before they kill it."""

import os
import signal
import threading
from types import FrameType


class SigtermAsExit:
    """Between `install` and `restore` SIGTERM raises SystemExit(143).

    Does nothing outside of the main thread, where Python takes no handlers, and where
    the program has a handler of its own. Not safe for threads.
    """

    raised: SystemExit | None = None
    """What SIGTERM raised, if it did."""

    def __init__(self) -> None:
        self._pid = 0

    def install(self) -> None:
        if threading.current_thread() is not threading.main_thread():
            return
        if signal.getsignal(signal.SIGTERM) is signal.SIG_DFL:
            self._pid = os.getpid()
            signal.signal(signal.SIGTERM, self._on_sigterm)

    def restore(self) -> None:
        """Gives SIGTERM its default again, unless the program has changed it since."""
        if self._pid and signal.getsignal(signal.SIGTERM) == self._on_sigterm:
            signal.signal(signal.SIGTERM, signal.SIG_DFL)
        self._pid = 0

    def _on_sigterm(self, number: int, frame: FrameType | None) -> None:
        if os.getpid() != self._pid:  # A child, such as one that loads data.
            signal.signal(signal.SIGTERM, signal.SIG_DFL)
            os.kill(os.getpid(), signal.SIGTERM)
            return
        self.raised = SystemExit(128 + number)
        raise self.raised

"""SIGTERM as SystemExit, so that `with` and `finally` are run when a process is asked
to stop, as schedulers do before they kill it."""

import os
import signal
import threading
from types import FrameType


class SigtermAsExit:
    """Between `install` and `restore` SIGTERM raises SystemExit(143), but once: what is
    then done to stop is not interrupted by another one.

    Does nothing outside of the main thread, where Python takes no handlers, and where
    the program has a handler of its own. Several may overlap. Not safe for threads.
    """

    raised: SystemExit | None = None
    """What SIGTERM raised, if it did."""

    def install(self) -> None:
        _HANDLER.add(self)

    def restore(self) -> None:
        """Of the last one: gives SIGTERM its default again, unless the program has
        changed it since."""
        _HANDLER.remove(self)


class _Handler:
    """The one handler of the process, for all that want it."""

    def __init__(self) -> None:
        self._pid = 0
        self._users: list[SigtermAsExit] = []

    def add(self, user: SigtermAsExit) -> None:
        if threading.current_thread() is not threading.main_thread():
            return
        if self._pid != os.getpid():
            self._users.clear()  # Of the parent, if any.
        present = signal.getsignal(signal.SIGTERM)
        if present not in (signal.SIG_DFL, self._on_sigterm):
            return
        self._pid = os.getpid()
        self._users.append(user)
        if present is signal.SIG_DFL:
            signal.signal(signal.SIGTERM, self._on_sigterm)

    def remove(self, user: SigtermAsExit) -> None:
        if user not in self._users:
            return
        self._users.remove(user)
        if self._users or threading.current_thread() is not threading.main_thread():
            return  # Without users the handler does what the default does.
        if signal.getsignal(signal.SIGTERM) == self._on_sigterm:
            signal.signal(signal.SIGTERM, signal.SIG_DFL)

    def _on_sigterm(self, number: int, frame: FrameType | None) -> None:
        # Not in a child, such as one that loads data.
        if os.getpid() != self._pid or not self._users:
            signal.signal(signal.SIGTERM, signal.SIG_DFL)
            os.kill(os.getpid(), signal.SIGTERM)
            return
        new = [each for each in self._users if each.raised is None]
        if not new:
            return
        stop = SystemExit(128 + number)
        for each in new:
            each.raised = stop
        raise stop


_HANDLER = _Handler()

"""What is done when the interpreter exits, also in children of multiprocessing."""

import atexit
import multiprocessing
import sys
from typing import Any, Callable

# Of multiprocessing.util, which is imported late: it registers a function of its own.
_FINALIZERS: dict[Callable[[], None], Any] = {}


def register(body: Callable[[], None]) -> None:
    """Calls body when the interpreter exits, in the process that registers it."""
    atexit.register(body)
    if multiprocessing.parent_process() is not None:  # It may skip what atexit has.
        from multiprocessing.util import Finalize

        _FINALIZERS[body] = Finalize(None, body, exitpriority=10)


def unregister(body: Callable[[], None]) -> None:
    """Does nothing where body is not registered."""
    atexit.unregister(body)
    finalizer = _FINALIZERS.pop(body, None)
    if finalizer is not None:
        finalizer.cancel()


def reason() -> BaseException | None:
    """The exception that the script ends by, for what is called at exit."""
    if hasattr(sys, "ps1"):  # An interactive session: any earlier error.
        return None
    # A child of multiprocessing ends while it handles its exception.
    return getattr(sys, "last_value", None) or sys.exc_info()[1]

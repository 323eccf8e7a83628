"""Which failure of a trial an exception of its training means."""

from typing import Iterator

from zeus_bso.errors import DeadlineExceededError, UnavailableError
from zeus_bso.types import TrialFailure

_UNREACHABLE = (UnavailableError, DeadlineExceededError)

# Exit statuses of processes that a signal ended, by the convention of shells.
_SIGNAL_EXIT = 128


def trial_failure(exc: BaseException | None) -> TrialFailure:
    """How a training ended without a result.

    NOT_CONVERGED: None, its loop ended by itself.
    INFEASIBLE: it ran out of memory (MemoryError, OutOfMemoryError of torch, or a
    RuntimeError that says so), or its exception was raised from one that says so.
    CANCELLED: it was stopped (KeyboardInterrupt, SystemExit of a signal or of success,
    GeneratorExit, CancelledError of asyncio), or the server could not be reached, also
    as the cause: neither says anything about the batch size. FAILED: everything else.
    """
    if exc is None:
        return TrialFailure.NOT_CONVERGED
    if any(map(_out_of_memory, _with_causes(exc))):
        return TrialFailure.INFEASIBLE
    if isinstance(exc, SystemExit):
        return TrialFailure.CANCELLED if _is_stop(exc) else TrialFailure.FAILED
    if any(isinstance(each, _UNREACHABLE) for each in _with_causes(exc)):
        return TrialFailure.CANCELLED
    return TrialFailure.FAILED if isinstance(exc, Exception) else TrialFailure.CANCELLED


def _with_causes(exc: BaseException) -> Iterator[BaseException]:
    seen: set[int] = set()
    cause: BaseException | None = exc
    while cause is not None and id(cause) not in seen:
        seen.add(id(cause))
        yield cause
        cause = cause.__cause__


def _out_of_memory(exc: BaseException) -> bool:
    if isinstance(exc, MemoryError):
        return True
    if any(each.__name__ == "OutOfMemoryError" for each in type(exc).__mro__):
        return True  # By name: torch need not be installed here.
    return isinstance(exc, RuntimeError) and "out of memory" in str(exc).lower()


def _is_stop(exc: SystemExit) -> bool:
    if isinstance(exc.code, int):
        return exc.code == 0 or exc.code >= _SIGNAL_EXIT
    return exc.code is None

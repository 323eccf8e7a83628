"""Which failure of a trial an exception of its training means."""

from typing import Iterator

import grpc

from zeus_bso.errors import CallError, DeadlineExceededError, UnavailableError
from zeus_bso.types import TrialFailure

_UNREACHABLE = (UnavailableError, DeadlineExceededError)

# What a RuntimeError says where memory ran out, in lower case: of a GPU, of the
# processor (PyTorch), of cuDNN and of cuBLAS; and TensorFlow's.
_TENSORFLOW_OUT_OF_MEMORY = "oom when allocating"
_OUT_OF_MEMORY = (
    "out of memory",
    "defaultcpuallocator: can't allocate memory",
    "cudnn_status_alloc_failed",
    "cublas_status_alloc_failed",
    _TENSORFLOW_OUT_OF_MEMORY,
)

# The names of JAX's exception, by its version.
_JAX_ERRORS = {"XlaRuntimeError", "JaxRuntimeError"}

# Exit statuses of processes that a signal ended, by the convention of shells.
_SIGNAL_EXIT = 128


def trial_failure(exc: BaseException | None) -> TrialFailure:
    """How a training ended without a result.

    NOT_CONVERGED: None, its loop ended by itself.
    INFEASIBLE: it ran out of memory (MemoryError, OutOfMemoryError of torch,
    ResourceExhaustedError of TensorFlow or XlaRuntimeError of JAX that say so, or another
    RuntimeError that says so), or its exception was raised from one of these. Errors of
    calls to the server are none of them.
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
    if isinstance(exc, (CallError, grpc.RpcError)):
        return False  # The server's bounds, such as RESOURCE_EXHAUSTED.
    if isinstance(exc, MemoryError):
        return True
    # By name: no framework need be installed here.
    names = {each.__name__ for each in type(exc).__mro__}
    if "OutOfMemoryError" in names:
        return True
    if "ResourceExhaustedError" in names:
        return _TENSORFLOW_OUT_OF_MEMORY in str(exc).lower()
    if names & _JAX_ERRORS and str(exc).startswith("RESOURCE_EXHAUSTED"):
        return True
    if not isinstance(exc, RuntimeError):
        return False
    text = str(exc).lower()
    return any(each in text for each in _OUT_OF_MEMORY)


def _is_stop(exc: SystemExit) -> bool:
    if isinstance(exc.code, int):
        return exc.code == 0 or exc.code >= _SIGNAL_EXIT
    return exc.code is None

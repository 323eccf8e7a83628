"""Tests of what an exception says about a trial, above all that memory ran out."""

import asyncio
import signal
import unittest

import grpc

from zeus_bso import errors
from zeus_bso.trial_failure import trial_failure
from zeus_bso.types import TrialFailure


class OutOfMemoryError(RuntimeError):
    """As torch.cuda has it."""


class XlaRuntimeError(RuntimeError):
    """As jaxlib.xla_extension has it."""


class JaxRuntimeError(RuntimeError):
    """As jax.errors has it."""


class ResourceExhaustedError(Exception):
    """As tensorflow.errors has it."""


class RpcError(grpc.RpcError, RuntimeError):  # type: ignore[misc]
    """Of a stub that a training uses."""


def caused(cause: BaseException) -> BaseException:
    error = ValueError("the epoch failed")
    error.__cause__ = cause
    return error


def in_context(context: BaseException) -> BaseException:
    error = ValueError("the clean-up failed")
    error.__context__ = context
    return error


# Texts as the libraries write them.
OUT_OF_MEMORY: list[BaseException] = [
    MemoryError(),
    OutOfMemoryError("any text"),
    RuntimeError("CUDA error: Out of memory"),
    RuntimeError(
        "[enforce fail at alloc_cpu.cpp:75] err == 0. DefaultCPUAllocator: can't "
        "allocate memory: you tried to allocate 4000000000000 bytes. Error code 12"
    ),
    RuntimeError("cuDNN error: CUDNN_STATUS_ALLOC_FAILED"),
    RuntimeError(
        "CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling `cublasCreate(handle)`"
    ),
    ResourceExhaustedError(
        "{{function_node wrapped}} OOM when allocating tensor with shape[8192,8192] and "
        "type float on /job:localhost/device:GPU:0 by allocator GPU_0_bfc [Op:Mul]"
    ),
    RuntimeError("OOM when allocating tensor with shape[8192,8192]"),
    XlaRuntimeError("RESOURCE_EXHAUSTED: Failed to allocate request for 4.0GiB"),
    JaxRuntimeError("RESOURCE_EXHAUSTED: Failed to allocate request for 4.0GiB"),
]

NEAR_MISSES: list[BaseException] = [
    ValueError("out of memory"),
    RuntimeError("out of luck"),
    RuntimeError("DefaultCPUAllocator: the pointer is not aligned"),
    RuntimeError("cuDNN error: CUDNN_STATUS_NOT_INITIALIZED"),
    RuntimeError("CUDA error: CUBLAS_STATUS_EXECUTION_FAILED"),
    ValueError("CUDNN_STATUS_ALLOC_FAILED"),
    ValueError("OOM when allocating"),
    ResourceExhaustedError("the queue of the dataset is full"),
    XlaRuntimeError("INTERNAL: after RESOURCE_EXHAUSTED: Failed to allocate"),
    RuntimeError("RESOURCE_EXHAUSTED: Failed to allocate request for 4.0GiB"),
    ValueError("RESOURCE_EXHAUSTED: Failed to allocate request for 4.0GiB"),
    RpcError("RESOURCE_EXHAUSTED: out of memory"),
    caused(RpcError("RESOURCE_EXHAUSTED: out of memory")),
    errors.ResourceExhaustedError(
        grpc.StatusCode.RESOURCE_EXHAUSTED, "OOM when allocating: out of memory"
    ),
    errors.TooManyRunningTrialsError(grpc.StatusCode.RESOURCE_EXHAUSTED, ""),
    in_context(MemoryError()),
]


class TrialFailureTest(unittest.TestCase):
    def check(self, exception: BaseException | None, failure: TrialFailure) -> None:
        with self.subTest(repr(exception)):
            self.assertEqual(trial_failure(exception), failure)

    def test_memory_ran_out(self) -> None:
        for exception in OUT_OF_MEMORY:
            self.check(exception, TrialFailure.INFEASIBLE)
            self.check(caused(exception), TrialFailure.INFEASIBLE)
            self.check(caused(caused(exception)), TrialFailure.INFEASIBLE)

    def test_a_subclass_by_its_name(self) -> None:
        class OurError(XlaRuntimeError):
            pass

        text = "RESOURCE_EXHAUSTED: Failed to allocate"
        self.check(OurError(text), TrialFailure.INFEASIBLE)

    def test_near_misses(self) -> None:
        for exception in NEAR_MISSES:
            self.check(exception, TrialFailure.FAILED)

    def test_an_exception_that_cannot_be_shown(self) -> None:
        class Mute(Exception):
            def __str__(self) -> str:
                raise AssertionError

        self.assertEqual(trial_failure(Mute()), TrialFailure.FAILED)

    def test_other_ends(self) -> None:
        unavailable = errors.UnavailableError(grpc.StatusCode.UNAVAILABLE, "")
        cases: dict[TrialFailure, list[BaseException | None]] = {
            TrialFailure.NOT_CONVERGED: [None],
            TrialFailure.FAILED: [
                ValueError("bad data"),
                SystemExit(1),
                SystemExit("usage"),
                errors.InvalidFieldError(grpc.StatusCode.INVALID_ARGUMENT, ""),
            ],
            TrialFailure.CANCELLED: [
                KeyboardInterrupt(),
                SystemExit(),
                SystemExit(0),
                SystemExit(128 + signal.SIGTERM),
                GeneratorExit(),
                asyncio.CancelledError(),
                unavailable,
                caused(unavailable),
            ],
        }
        for failure, exceptions in cases.items():
            for exception in exceptions:
                self.check(exception, failure)


if __name__ == "__main__":
    unittest.main()

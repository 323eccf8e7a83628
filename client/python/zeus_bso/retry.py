"""Repeats calls that failed for a reason that passes, with waits that grow."""

import asyncio
import dataclasses
import random
import time
from dataclasses import dataclass
from typing import Awaitable, Callable, TypeVar

import grpc

from zeus_bso.errors import ZeusBsoError, from_rpc_error

_T = TypeVar("_T")

# Nothing was changed: any call may be repeated.
NOTHING_CHANGED = frozenset({grpc.StatusCode.ABORTED})

_OUT_OF_TIME = grpc.StatusCode.DEADLINE_EXCEEDED

# The outcome is unknown, besides: for calls that may take effect twice.
OUTCOME_UNKNOWN = NOTHING_CHANGED | {
    grpc.StatusCode.UNAVAILABLE,
    grpc.StatusCode.DEADLINE_EXCEEDED,
}


@dataclass(frozen=True)
class RetryPolicy:
    """How long and how often to repeat a call. Immutable."""

    total: float = 30.0
    """So many seconds after the first attempt began no other one is in progress any
    more. A longer first attempt is not cut short; 0: there are no others."""

    first_backoff: float = 0.1
    """The most to wait after the first attempt, in seconds. Doubles each time."""

    max_backoff: float = 2.0
    """The most to wait at all, in seconds."""

    def backoff(self, attempts: int) -> float:
        """How long to wait after so many attempts, in seconds.

        Anything up to the bound with the same probability (full jitter), so that
        callers who failed together do not come back together.
        """
        doublings = min(attempts - 1, 30)
        return random.uniform(
            0, min(self.max_backoff, self.first_backoff * 2.0**doublings)
        )


def bounded(
    timeout: float, policy: RetryPolicy, within: float | None
) -> tuple[float, RetryPolicy]:
    """The timeout of an attempt and the policy, shortened to `within` seconds in all.
    None: unchanged."""
    if within is None:
        return timeout, policy
    total = min(policy.total, within)
    return min(timeout, within), dataclasses.replace(policy, total=total)


class Attempts:
    """The attempts at one call: how long each may take, and when there is another."""

    def __init__(self, policy: RetryPolicy, timeout: float) -> None:
        """Begins with the first. timeout: of one attempt, in seconds."""
        self._policy = policy
        self._most = timeout
        self._end = time.monotonic() + policy.total
        self._failed = 0
        self.timeout = timeout
        """Of this attempt, in seconds."""
        self.error: ZeusBsoError | None = None
        """What to raise if there is no other attempt."""

    def backoff(
        self, error: ZeusBsoError, retried: frozenset[grpc.StatusCode]
    ) -> float | None:
        """After an attempt failed: how long to wait before the next, in seconds.

        Args:
            error: How it failed.
            retried: The codes after which to repeat.

        Returns:
            None: there is no other one.
        """
        self._failed += 1
        # An attempt that was cut short says nothing about what is wrong.
        cut_short = error.code == _OUT_OF_TIME and self.timeout < self._most
        if not cut_short or self.error is None:
            self.error = error
        backoff = self._policy.backoff(self._failed)
        remaining = self._end - time.monotonic() - backoff
        self.timeout = min(self._most, remaining)
        return backoff if error.code in retried and remaining > 0 else None


def call_with_retries(
    attempt: Callable[[float], _T],
    *,
    timeout: float,
    policy: RetryPolicy,
    retried: frozenset[grpc.StatusCode],
) -> _T:
    """Calls until an attempt succeeds, fails for good, or time is up.

    Args:
        attempt: Calls once, given its timeout in seconds.
        timeout: Of one attempt, in seconds.
        policy: How long and how often.
        retried: The codes after which to repeat.

    Raises:
        ZeusBsoError: That of the last attempt that had its full time to answer.
    """
    attempts = Attempts(policy, timeout)
    while True:
        try:
            return attempt(attempts.timeout)
        except grpc.RpcError as rpc_error:
            error = from_rpc_error(rpc_error)
            backoff = attempts.backoff(error, retried)
            if backoff is None:
                raise attempts.error or error from rpc_error
        time.sleep(backoff)


async def await_with_retries(
    attempt: Callable[[float], Awaitable[_T]],
    *,
    timeout: float,
    policy: RetryPolicy,
    retried: frozenset[grpc.StatusCode],
) -> _T:
    """As call_with_retries."""
    attempts = Attempts(policy, timeout)
    while True:
        try:
            return await attempt(attempts.timeout)
        except grpc.RpcError as rpc_error:
            error = from_rpc_error(rpc_error)
            backoff = attempts.backoff(error, retried)
            if backoff is None:
                raise attempts.error or error from rpc_error
        await asyncio.sleep(backoff)

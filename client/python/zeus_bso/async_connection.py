"""As connection, for asyncio."""

import asyncio
import contextlib
import functools
import weakref
from typing import Any, Callable, Iterator, TypeVar

import grpc
import grpc.aio

from zeus_bso import forks
from zeus_bso.address import Address, parse_address
from zeus_bso.call import Call
from zeus_bso.connection import (
    Tls,
    call_metadata,
    channel_options,
    closed_error,
    credentials_for,
)
from zeus_bso.errors import InvalidArgumentError
from zeus_bso.retry import RetryPolicy, await_with_retries, bounded

_T = TypeVar("_T")


class AsyncConnection:
    """Belongs to the event loop that it is made in; not safe for threads."""

    def __init__(
        self,
        target: str,
        token: str | None,
        tls: Tls | None,
        timeout: float,
        retry: RetryPolicy,
    ) -> None:
        """As AsyncClient."""
        asyncio.get_running_loop()  # Without one, gRPC would make a loop of its own.
        address = parse_address(target)
        self._metadata = call_metadata(token)
        self._pid = forks.admit()
        # A thread of gRPC reads the connection also when no call is in progress: here
        # it takes nothing more to notice that the server stops.
        self._channel = _open_channel(address, tls)
        self._stubs: dict[Callable[..., Any], Any] = {}
        self.retry = retry
        self._timeout = timeout
        self._calls: weakref.WeakSet[Any] = weakref.WeakSet()
        self._closed = False

    async def close(self) -> None:
        """Calls in progress, and all to come, raise CallCancelledError."""
        self._closed = True
        for each in self._calls:
            each.cancel()
        await self._channel.close()

    async def call(self, call: Call[_T], within: float | None = None) -> _T:
        """As Connection.call."""
        try:
            response = await self._send(call, call.request, within)
        except InvalidArgumentError:
            if call.older_request is None:
                raise
            response = await self._send(call, call.older_request, within)
        return call.convert(response)

    def begin(
        self,
        service: Callable[..., Any],
        method: str,
        request: Any,
        timeout: float,
    ) -> Any:
        """Calls any method of a stub once. request: None where it takes a stream.

        Raises:
            CallCancelledError: The connection is closed.
            ForkedError: This is a forked child.
        """
        if self._closed:
            raise closed_error()
        forks.check(self._pid)
        if service not in self._stubs:
            self._stubs[service] = service(self._channel)
        begin = getattr(self._stubs[service], method)
        call = begin(request, timeout=timeout, metadata=self._metadata)
        self._calls.add(call)
        return call

    async def write(self, stream: Any, message: Any) -> None:
        """Sends on a stream; on one that has ended nothing, as `read` says why.

        Raises:
            As read.
        """
        with self._in_progress(), contextlib.suppress(asyncio.InvalidStateError):
            await stream.write(message)

    async def read(self, stream: Any) -> Any:
        """The next message of a stream, or grpc.aio.EOF.

        Raises:
            grpc.RpcError: It failed.
            CallCancelledError: The connection was closed.
        """
        with self._in_progress():
            return await stream.read()

    async def await_response(self, call: Any) -> Any:
        """What a call with one response answers.

        Raises:
            As read.
        """
        with self._in_progress():
            return await call

    async def _send(self, call: Call[Any], request: Any, within: float | None) -> Any:
        """With its retries."""
        timeout, policy = bounded(self._timeout, self.retry, within)
        return await await_with_retries(
            functools.partial(self._attempt, call, request),
            timeout=timeout,
            policy=policy,
            retried=call.retried,
        )

    async def _attempt(self, call: Call[Any], request: Any, timeout: float) -> Any:
        return await self.await_response(
            self.begin(call.service, call.method, request, timeout)
        )

    @contextlib.contextmanager
    def _in_progress(self) -> Iterator[None]:
        # To grpc, closing is as if the task that awaits the call had been cancelled.
        try:
            yield
        except asyncio.CancelledError as error:
            # Which of both it was, Python 3.10 does not tell.
            cancelling = getattr(asyncio.current_task(), "cancelling", lambda: 0)
            if not self._closed or cancelling():
                raise
            raise closed_error() from error


def _open_channel(address: Address, tls: Tls | None) -> grpc.aio.Channel:
    credentials, options = credentials_for(address, tls), channel_options(address)
    if credentials is None:
        return grpc.aio.insecure_channel(address.target, options=options)
    return grpc.aio.secure_channel(address.target, credentials, options=options)

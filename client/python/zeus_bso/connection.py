"""The connection to a server: one channel, and how calls are made over it."""

import atexit
import functools
import os
import threading
import time
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import Any, Callable, TypeVar

import grpc

from zeus_bso import forks
from zeus_bso.address import Address, parse_address
from zeus_bso.call import Call
from zeus_bso.errors import CallCancelledError, InvalidArgumentError
from zeus_bso.retry import RetryPolicy, bounded, call_with_retries

_T = TypeVar("_T")

# In milliseconds. A server that was restarted is found again within two seconds, where
# gRPC would wait up to two minutes; one that does not answer is given up after five.
CHANNEL_OPTIONS = (
    ("grpc.initial_reconnect_backoff_ms", 100),
    ("grpc.max_reconnect_backoff_ms", 2000),
    ("grpc.min_reconnect_backoff_ms", 5000),  # In effect, how long connecting may take.
    # A machine that vanished is noticed when it acknowledges nothing for so long (this
    # becomes TCP_USER_TIMEOUT, where there are keepalive pings at all). Many servers
    # close connections that ping more often than each five minutes.
    ("grpc.keepalive_timeout_ms", 20000),
    ("grpc.keepalive_time_ms", 310000),
)


@dataclass(frozen=True)
class Tls:
    """Connect over TLS. All are paths of PEM files."""

    root: str | PathLike[str] | None = None
    """The roots that the server's certificate must lead to. None: the system's."""

    cert: str | PathLike[str] | None = None
    """The certificate to show, with those that lead to its root. None: show none."""

    key: str | PathLike[str] | None = None
    """Its key. Needed with cert."""


class Connection:
    """Safe for threads. Connects when it is first used."""

    def __init__(
        self,
        target: str,
        token: str | None,
        tls: Tls | None,
        timeout: float,
        retry: RetryPolicy,
    ) -> None:
        """As Client."""
        address = parse_address(target)
        self._metadata = call_metadata(token)
        self._pid = forks.admit()
        self._channel = _open_channel(address, tls)
        # Makes a thread of gRPC read the connection also when no call is in progress:
        # else an idle client would not notice that its server stops, and the server
        # would wait for it.
        self._watched = threading.Event()
        self._channel.subscribe(self._on_state)
        self._stubs: dict[Callable[..., Any], Any] = {}
        self.retry = retry
        self._timeout = timeout
        self._closed = False
        # Else gRPC may wait for that thread for ever when the interpreter exits.
        atexit.register(self.close)

    def close(self) -> None:
        """Calls in progress, and all to come, raise CallCancelledError.

        In a forked child only those to come: it has none of gRPC's threads.
        """
        atexit.unregister(self.close)
        self._closed = True
        if os.getpid() != self._pid:
            return
        # That thread complains on standard error when it finds the channel closed: let
        # it begin, then have it end.
        self._watched.wait(0.05)
        self._channel.unsubscribe(self._on_state)
        time.sleep(0.01)
        self._channel.close()

    def _on_state(self, state: grpc.ChannelConnectivity) -> None:
        self._watched.set()

    def call(self, call: Call[_T], within: float | None = None) -> _T:
        """Carries out a call, with its retries.

        Args:
            call: The call.
            within: How long altogether, in seconds. None: as the connection has it.

        Raises:
            ZeusBsoError: The last attempt's.
        """
        timeout, policy = bounded(self._timeout, self.retry, within)

        def send(request: Any) -> Any:
            return call_with_retries(
                functools.partial(self.begin, call.service, call.method, request),
                timeout=timeout,
                policy=policy,
                retried=call.retried,
            )

        try:
            response = send(call.request)
        except InvalidArgumentError:
            if call.older_request is None:
                raise
            response = send(call.older_request)
        return call.convert(response)

    def begin(
        self,
        service: Callable[..., Any],
        method: str,
        request: Any,
        timeout: float,
    ) -> Any:
        """Calls any method of a stub once.

        Raises:
            grpc.RpcError: It failed.
            CallCancelledError: The connection is closed.
            ForkedError: This is a forked child.
        """
        if self._closed:
            raise closed_error()
        forks.check(self._pid)
        if service not in self._stubs:
            self._stubs[service] = service(self._channel)
        begin = getattr(self._stubs[service], method)
        try:
            return begin(request, timeout=timeout, metadata=self._metadata)
        except ValueError as error:  # How grpc says that the channel is closed.
            if not self._closed:
                raise
            raise closed_error() from error


def channel_options(address: Address) -> list[tuple[str, int]]:
    """Those for a server there."""
    # The proxy that a variable such as http_proxy names is not this machine's.
    proxy = [("grpc.enable_http_proxy", 0)] if address.is_local else []
    return [*CHANNEL_OPTIONS, *proxy]


def credentials_for(
    address: Address, tls: Tls | None
) -> grpc.ChannelCredentials | None:
    """None: plaintext. Raises OSError and ValueError as Client."""
    if address.is_https and tls is None:
        tls = Tls()
    return channel_credentials(tls) if tls is not None else None


def call_metadata(token: str | None) -> tuple[tuple[str, str], ...]:
    """What each call shows.

    Raises:
        ValueError: The token has characters that cannot be printed, such as a line feed.
    """
    if token and not token.isprintable():
        raise ValueError("a token has printable characters only")
    return (("authorization", f"Bearer {token}"),) if token else ()


def channel_credentials(tls: Tls) -> grpc.ChannelCredentials:
    """Raises OSError and ValueError as Client."""
    if (tls.cert is None) != (tls.key is None):
        raise ValueError("a certificate needs its key, and a key its certificate")
    return grpc.ssl_channel_credentials(
        root_certificates=_read(tls.root),
        private_key=_read(tls.key),
        certificate_chain=_read(tls.cert),
    )


def closed_error() -> CallCancelledError:
    """What calls on a closed connection raise."""
    return CallCancelledError(grpc.StatusCode.CANCELLED, "the client is closed")


def _open_channel(address: Address, tls: Tls | None) -> grpc.Channel:
    credentials, options = credentials_for(address, tls), channel_options(address)
    if credentials is None:
        return grpc.insecure_channel(address.target, options=options)
    return grpc.secure_channel(address.target, credentials, options=options)


def _read(path: str | PathLike[str] | None) -> bytes | None:
    if path is None:
        return None
    contents = Path(path).read_bytes()
    if not contents:  # gRPC would abort the process.
        raise ValueError(f"{path} is empty")
    return contents

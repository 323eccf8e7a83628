"""The connection to a server: one channel, and how calls are made over it."""

import functools
import threading
import time
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import Any, Callable, Iterator

import grpc

from zeus_bso.errors import CallCancelledError
from zeus_bso.retry import OUTCOME_UNKNOWN, RetryPolicy, call_with_retries

# In milliseconds. A server that was restarted is found again within two seconds, where
# gRPC would wait up to two minutes; one that does not answer is given up after five.
_OPTIONS = (
    ("grpc.initial_reconnect_backoff_ms", 100),
    ("grpc.max_reconnect_backoff_ms", 2000),
    ("grpc.min_reconnect_backoff_ms", 5000),  # In effect, how long connecting may take.
    # A machine that vanished is noticed when it acknowledges nothing for so long (this
    # becomes TCP_USER_TIMEOUT, where there are keepalive pings at all). Servers close
    # connections that ping more often than each five minutes.
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
        self.channel = _open_channel(target, tls)
        # Makes a thread of gRPC read the connection also when no call is in progress:
        # else an idle client would not notice that its server stops, and the server
        # would wait for it.
        self._watched = threading.Event()
        self.channel.subscribe(self._on_state)
        self.retry = retry
        self._metadata = (("authorization", f"Bearer {token}"),) if token else ()
        self._timeout = timeout
        self._closed = False

    def close(self) -> None:
        """Calls in progress, and all to come, raise CallCancelledError."""
        self._closed = True
        # That thread complains on standard error when it finds the channel closed: let
        # it begin, then have it end.
        self._watched.wait(0.05)
        self.channel.unsubscribe(self._on_state)
        time.sleep(0.01)
        self.channel.close()

    def _on_state(self, state: grpc.ChannelConnectivity) -> None:
        self._watched.set()

    def call(
        self,
        method: Callable[..., Any],
        request: Any,
        retried: frozenset[grpc.StatusCode] = OUTCOME_UNKNOWN,
    ) -> Any:
        """Calls a unary method of a stub, and repeats it after the codes in retried."""
        return call_with_retries(
            functools.partial(self.begin, method, request),
            timeout=self._timeout,
            policy=self.retry,
            retried=retried,
        )

    def pages(self, method: Callable[..., Any], request: Any) -> Iterator[Any]:
        """Calls a method that lists, until it has answered the last page."""
        while True:
            page = self.call(method, request)
            yield page
            if not page.next_page_token:
                return
            request.page_token = page.next_page_token

    def begin(self, method: Callable[..., Any], request: Any, timeout: float) -> Any:
        """Calls any method of a stub once.

        Raises:
            grpc.RpcError: It failed.
            CallCancelledError: The connection is closed.
        """
        try:
            return method(request, timeout=timeout, metadata=self._metadata)
        except ValueError as error:  # How grpc says that the channel is closed.
            if not self._closed:
                raise
            raise CallCancelledError(
                grpc.StatusCode.CANCELLED, "the client is closed"
            ) from error


def _open_channel(target: str, tls: Tls | None) -> grpc.Channel:
    if tls is None:
        return grpc.insecure_channel(target, options=_OPTIONS)
    if (tls.cert is None) != (tls.key is None):
        raise ValueError("a certificate needs its key, and a key its certificate")
    credentials = grpc.ssl_channel_credentials(
        root_certificates=_read(tls.root),
        private_key=_read(tls.key),
        certificate_chain=_read(tls.cert),
    )
    return grpc.secure_channel(target, credentials, options=_OPTIONS)


def _read(path: str | PathLike[str] | None) -> bytes | None:
    if path is None:
        return None
    contents = Path(path).read_bytes()
    if not contents:  # gRPC would abort the process.
        raise ValueError(f"{path} is empty")
    return contents

"""A TCP proxy that can lose an answer."""

import socket
import threading
import time
from types import TracebackType
from typing import Callable


class TcpProxy:
    """Passes connections to 127.0.0.1 on to a unix socket, within a `with` block."""

    def __init__(self, target: str) -> None:
        """target: as LocalServer.address."""
        self._path = target.removeprefix("unix:")
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._lock = threading.Lock()
        self._marker = b""
        self._delay: float | None = None
        self._lost = threading.Event()
        self._awaited = b""
        self._asked = threading.Event()
        self._sockets: list[socket.socket] = []

    @property
    def address(self) -> str:
        """Where it listens, as a target of gRPC."""
        return f"127.0.0.1:{self._listener.getsockname()[1]}"

    def lose_answer(self, marker: bytes) -> None:
        """The next answer that contains marker never arrives: its connection breaks."""
        with self._lock:
            self._marker, self._delay = marker, None
            self._lost.clear()

    def delay_answer(self, marker: bytes, seconds: float) -> None:
        """The next answer that contains marker, and all after it, come later."""
        with self._lock:
            self._marker, self._delay = marker, seconds
            self._lost.clear()

    def has_lost(self) -> bool:
        """Whether that has happened."""
        return self._lost.is_set()

    def await_request(self, marker: bytes) -> threading.Event:
        """Is set when a request that contains marker is passed on from now on."""
        with self._lock:
            self._awaited, self._asked = marker, threading.Event()
            return self._asked

    def break_connections(self) -> None:
        """Breaks all connections."""
        with self._lock:
            sockets, self._sockets = self._sockets, []
        for each in sockets:
            _shut(each)

    def __enter__(self) -> "TcpProxy":
        _start(self._accept)
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        _shut(self._listener)
        self._listener.close()
        self.break_connections()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            server = socket.socket(socket.AF_UNIX)
            try:
                server.connect(self._path)
            except OSError:
                client.close()
                continue
            with self._lock:
                self._sockets += [client, server]
            _start(self._serve, client, server)

    def _serve(self, client: socket.socket, server: socket.socket) -> None:
        with client, server:
            down = _start(self._pass_on, server, client, True)
            self._pass_on(client, server, False)
            down.join()

    def _pass_on(self, source: socket.socket, sink: socket.socket, down: bool) -> None:
        try:
            while data := source.recv(65536):
                if down and self._take_away(data):
                    break
                sink.sendall(data)
                if not down:
                    self._note(data)
        except OSError:
            pass
        _shut(source)
        _shut(sink)

    def _note(self, data: bytes) -> None:
        with self._lock:
            if self._awaited and self._awaited in data:
                self._asked.set()

    def _take_away(self, data: bytes) -> bool:
        with self._lock:
            if not self._marker or self._marker not in data:
                return False
            self._marker = b""
            delay = self._delay
        self._lost.set()
        if delay is None:
            return True
        time.sleep(delay)
        return False


def _start(body: Callable[..., None], *arguments: object) -> threading.Thread:
    thread = threading.Thread(target=body, args=arguments, daemon=True)
    thread.start()
    return thread


def _shut(each: socket.socket) -> None:
    try:
        each.shutdown(socket.SHUT_RDWR)
    except OSError:
        pass

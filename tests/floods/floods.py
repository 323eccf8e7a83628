"""What strangers send to the gRPC address of a server, byte by byte.

Each flood is a function that sends over one connection after another, from the given
address of this machine, until a time, and counts what it has sent.
"""

import socket
import struct
import time
import zlib
from dataclasses import dataclass
from typing import Callable

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
DATA, HEADERS, PRIORITY, RST_STREAM, SETTINGS = 0, 1, 2, 3, 4
PING, WINDOW_UPDATE, CONTINUATION = 6, 8, 9
END_STREAM, END_HEADERS = 1, 4
LIST_JOBS = "/zeus.bso.v1.BatchSizeOptimizer/ListJobs"
EMPTY_MESSAGE = b"\0\0\0\0\0"


def frame(kind: int, flags: int, stream: int, payload: bytes = b"") -> bytes:
    """A frame of HTTP/2."""
    return (
        struct.pack(">I", len(payload))[1:]
        + struct.pack(">BBI", kind, flags, stream)
        + payload
    )


def literal(name: str, value: str) -> bytes:
    """A header field that the other side is not to remember."""
    text = b"\0"
    for part in (name.encode(), value.encode()):
        assert len(part) < 127
        text += bytes([len(part)]) + part
    return text


def headers(path: str, **more: str) -> bytes:
    """The header block of a gRPC call."""
    fields = {
        ":method": "POST",
        ":scheme": "http",
        ":path": path,
        ":authority": "localhost",
        "content-type": "application/grpc",
        "te": "trailers",
        **{name.replace("_", "-"): value for name, value in more.items()},
    }
    return b"".join(literal(name, value) for name, value in fields.items())


@dataclass(frozen=True)
class Target:
    """Where a flood goes to, and where it comes from.

    Attributes:
        port: The server's, on 127.0.0.1.
        source: The address of this machine that the flood comes from.
    """

    port: int
    source: str = "127.0.0.2"

    def connect(self) -> socket.socket:
        """A connection.

        Raises:
            OSError: There is none.
        """
        return socket.create_connection(
            ("127.0.0.1", self.port), timeout=5, source_address=(self.source, 0)
        )


class Connection:
    """A connection of HTTP/2 whose answers are dropped."""

    def __init__(self, target: Target) -> None:
        self._socket = target.connect()
        self._socket.sendall(PREFACE + frame(SETTINGS, 0, 0))
        self._socket.setblocking(False)

    def close(self) -> None:
        """Ends it."""
        self._socket.close()

    def send(self, data: bytes) -> None:
        """Sends, and reads what has come.

        Raises:
            OSError: The other side has gone.
        """
        view = memoryview(data)
        while view:
            try:
                sent = self._socket.send(view)
                view = view[sent:]
            except BlockingIOError:
                time.sleep(0.001)
            self.drop_answers()

    def drop_answers(self) -> None:
        """Reads what has come.

        Raises:
            OSError: The other side has gone.
        """
        try:
            while True:
                if not self._socket.recv(1 << 16):
                    raise ConnectionResetError
        except BlockingIOError:
            return


def _calls(
    target: Target, until: float, call: Callable[[int], bytes], batch: int = 50
) -> int:
    """Makes calls on one connection after another; how many."""
    count = 0
    while time.monotonic() < until:
        try:
            connection = Connection(target)
        except OSError:
            time.sleep(0.05)
            continue
        try:
            stream = 1
            while time.monotonic() < until and stream < 1 << 30:
                connection.send(b"".join(call(stream + 2 * i) for i in range(batch)))
                stream += 2 * batch
                count += batch
        except OSError:
            pass
        connection.close()
    return count


def unknown_methods(target: Target, until: float) -> int:
    """Calls of a method that does not exist."""
    block = headers("/zeus.bso.v1.None/Nothing")
    return _calls(
        target,
        until,
        lambda stream: frame(HEADERS, END_HEADERS, stream, block)
        + frame(DATA, END_STREAM, stream, EMPTY_MESSAGE),
    )


def without_a_role(target: Target, until: float) -> int:
    """Calls without a token, of a server that asks for one."""
    block = headers(LIST_JOBS)
    return _calls(
        target,
        until,
        lambda stream: frame(HEADERS, END_HEADERS, stream, block)
        + frame(DATA, END_STREAM, stream, EMPTY_MESSAGE),
    )


def resets(target: Target, until: float) -> int:
    """Calls that are made whole and reset at once."""
    block = headers(LIST_JOBS)
    reset = struct.pack(">I", 8)
    return _calls(
        target,
        until,
        lambda stream: frame(HEADERS, END_HEADERS, stream, block)
        + frame(DATA, END_STREAM, stream, EMPTY_MESSAGE)
        + frame(RST_STREAM, 0, stream, reset),
    )


def health_resets(target: Target, until: float) -> int:
    """The same, of a health address."""
    return resets(target, until)


def continuations(target: Target, until: float) -> int:
    """The headers of one call, which never end."""
    part = literal("x", "y" * 100) * 150
    count = 0
    while time.monotonic() < until:
        try:
            connection = Connection(target)
            connection.send(frame(HEADERS, 0, 1, headers(LIST_JOBS)))
            while time.monotonic() < until:
                connection.send(frame(CONTINUATION, 0, 1, part))
                count += 1
            connection.close()
        except OSError:
            time.sleep(0.05)
    return count


def zeros(target: Target, until: float) -> int:
    """Requests that are small on the wire and a mebibyte unpacked."""
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    packed = packer.compress(bytes(995 << 10)) + packer.flush()
    message = b"\1" + struct.pack(">I", len(packed)) + packed
    block = headers(LIST_JOBS, grpc_encoding="gzip")
    return _calls(
        target,
        until,
        lambda stream: frame(HEADERS, END_HEADERS, stream, block)
        + frame(DATA, END_STREAM, stream, message),
        batch=8,
    )


def _frames(target: Target, until: float, frames: bytes) -> int:
    """Sends these bytes again and again; how often."""
    count = 0
    while time.monotonic() < until:
        try:
            connection = Connection(target)
        except OSError:
            time.sleep(0.05)
            continue
        try:
            while time.monotonic() < until:
                connection.send(frames)
                count += 1
        except OSError:
            pass
        connection.close()
    return count


def settings(target: Target, until: float) -> int:
    """Settings, in hundreds."""
    return _frames(target, until, frame(SETTINGS, 0, 0) * 100)


def pings(target: Target, until: float) -> int:
    """Pings, in hundreds."""
    return _frames(target, until, frame(PING, 0, 0, bytes(8)) * 100)


def small_frames(target: Target, until: float) -> int:
    """Frames that change next to nothing, in hundreds."""
    priority = frame(PRIORITY, 0, 1, struct.pack(">IB", 3, 1))
    window = frame(WINDOW_UPDATE, 0, 0, struct.pack(">I", 1))
    return _frames(target, until, (priority + window) * 50)


def header_references(target: Target, until: float) -> int:
    """Calls whose headers refer ten thousand times to one of 4 KB, which was sent once."""
    name, value = b"x", b"y" * 3900
    length = bytes([0x7F]) + _rest_of_integer(len(value) - 0x7F)
    remembered = b"\x40" + bytes([len(name)]) + name + length + value
    block = headers(LIST_JOBS) + remembered + b"\xbe" * 10_000
    return _calls(
        target,
        until,
        lambda stream: frame(HEADERS, END_HEADERS | END_STREAM, stream, block),
        batch=1,
    )


def _rest_of_integer(number: int) -> bytes:
    """What follows a full prefix (RFC 7541, 5.1)."""
    text = b""
    while number >= 0x80:
        text += bytes([number % 0x80 | 0x80])
        number //= 0x80
    return text + bytes([number])


def silent_connections(target: Target, until: float) -> int:
    """Connections that say nothing; how many were open at a time."""
    held: list[socket.socket] = []
    while time.monotonic() < until:
        if len(held) == 1250:
            time.sleep(0.05)
            continue
        try:
            held.append(target.connect())
        except OSError:
            time.sleep(0.05)
    for connection in held:
        connection.close()
    return len(held)


def slow_messages(target: Target, until: float) -> int:
    """Calls whose messages come a byte each half second."""
    calls = 125
    block = headers(LIST_JOBS)
    try:
        connection = Connection(target)
        streams = range(1, 2 * calls, 2)
        connection.send(
            b"".join(frame(HEADERS, END_HEADERS, each, block) for each in streams)
        )
        while time.monotonic() < until:
            connection.send(b"".join(frame(DATA, 0, each, b"\0") for each in streams))
            time.sleep(0.5)
        connection.close()
    except OSError:
        return 0
    return calls

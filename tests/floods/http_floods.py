"""What strangers send to the HTTP address of a server.

Each flood is a function like those of floods.py.
"""

import socket
import time

from floods import Target

_LISTS = "/zeus.bso.v1.BatchSizeOptimizer/ListJobs"


def _post(path: str, body: bytes, length: int | None = None) -> bytes:
    """A request; `length` is what it says that its body has."""
    head = (
        f"POST {path} HTTP/1.1\r\nHost: localhost\r\n"
        "Content-Type: application/json\r\n"
        f"Content-Length: {len(body) if length is None else length}\r\n\r\n"
    )
    return head.encode() + body


def _one_each(target: Target, until: float, request: bytes) -> int:
    """Sends a request over each of many connections, one after the other."""
    count = 0
    while time.monotonic() < until:
        try:
            with target.connect() as connection:
                connection.sendall(request)
                connection.recv(100)
            count += 1
        except OSError:
            time.sleep(0.01)
    return count


def _hold(target: Target, until: float, request: bytes, connections: int) -> int:
    """Sends a request over each of so many connections, and reads no answer."""
    held: list[socket.socket] = []
    while time.monotonic() < until:
        if len(held) == connections:
            time.sleep(0.05)
            continue
        try:
            connection = target.connect()
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            connection.sendall(request)
            held.append(connection)
        except OSError:
            time.sleep(0.01)
    for connection in held:
        connection.close()
    return len(held)


def large_bodies(target: Target, until: float) -> int:
    """Bodies of a mebibyte, of half a million numbers."""
    return _one_each(
        target, until, _post("/report", b'{"x":[' + b"1," * 500_000 + b"1]}")
    )


def nested_bodies(target: Target, until: float) -> int:
    """Bodies of a million brackets."""
    return _one_each(target, until, _post(_LISTS, b"[" * 1_000_000))


def silent_connections(target: Target, until: float) -> int:
    """Connections that say nothing."""
    return _hold(target, until, b"", 1200)


def unfinished_bodies(target: Target, until: float) -> int:
    """Bodies that never end, after most of a mebibyte."""
    return _hold(target, until, _post("/report", b"x" * 900_000, 1_000_000), 300)


def unread_lists(target: Target, until: float) -> int:
    """Lists that are asked for and not read."""
    return _hold(target, until, _post(_LISTS, b'{"pageSize":1000}') * 20, 300)


def many_requests(target: Target, until: float) -> int:
    """Requests for what does not exist, as fast as they go."""
    count = 0
    request = b"GET /none HTTP/1.1\r\nHost: localhost\r\n\r\n" * 50
    while time.monotonic() < until:
        try:
            with target.connect() as connection:
                for _ in range(200):
                    connection.sendall(request)
                    connection.recv(1 << 16)
                    count += 50
        except OSError:
            time.sleep(0.01)
    return count

"""Keeps forked children away from gRPC: they have its state and the connections of their
parent, and none of its threads."""

import os

from zeus_bso.errors import ForkedError

_FORKED = (
    "gRPC does not work in a child that was forked from a process that had made a "
    'client: start it with the method "spawn" or "forkserver" of multiprocessing, or '
    "make the first client after the fork"
)

# The process that made the first client. None: there was none yet.
_user: int | None = None


def admit() -> int:
    """Before a client is made; returns this process.

    Raises:
        ForkedError: It was forked from one that had made a client.
    """
    global _user
    if _user is None:
        _user = os.getpid()
    check(_user)
    return _user


def check(pid: int) -> None:
    """Before a client of that process is used.

    Raises:
        ForkedError: This is another process.
    """
    if pid != os.getpid():
        raise ForkedError(_FORKED)

"""The server, by the address that a script has for it, and its errors by Zeus' names."""

import contextlib
from typing import Iterator

from zeus_bso.client import Client
from zeus_bso.connection import Tls
from zeus_bso.errors import CallError
from zeus_bso.optimizer.batch_size.exceptions import (
    ZeusBSOConfigError,
    ZeusBSORuntimError,
)

# Those of its targets that may have "://".
_GRPC_SCHEMES = {"dns", "unix", "unix-abstract", "ipv4", "ipv6", "xds"}


def open_client(server: str) -> Client:
    """For http:// (plaintext), https:// (TLS), and any target of gRPC (plaintext).

    Raises:
        ZeusBSOConfigError: It is none.
    """
    scheme, separator, target = server.partition("://")
    target = target.rstrip("/")
    if not separator or scheme in _GRPC_SCHEMES:
        scheme, target = "http", server
    if not target or scheme not in ("http", "https"):
        raise ZeusBSOConfigError(f"{server!r} is no address of a server")
    return Client(target, tls=Tls() if scheme == "https" else None)


@contextlib.contextmanager
def server_errors() -> Iterator[None]:
    """Around calls."""
    try:
        yield
    except CallError as error:
        raise ZeusBSORuntimError(str(error)) from error

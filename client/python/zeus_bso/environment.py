"""The server as the variables ZEUS_BSO_... name it, for programs that take no options."""

import os
from pathlib import Path

from zeus_bso.address import AddressError
from zeus_bso.client import Client
from zeus_bso.connection import Tls
from zeus_bso.retry import RetryPolicy


# As the command line has it.
_TRUE = ("1", "true", "t", "yes", "y", "on")


def server_address() -> str:
    """ZEUS_BSO_SERVER; empty: it is not set."""
    return os.environ.get("ZEUS_BSO_SERVER", "")


def token() -> str | None:
    """Of the file ZEUS_BSO_TOKEN_FILE, else ZEUS_BSO_TOKEN. None: neither is set.

    Raises:
        OSError: The file cannot be read.
        ValueError: The file is not of ASCII characters.
    """
    file = os.environ.get("ZEUS_BSO_TOKEN_FILE")
    if file:
        return Path(file).read_text("ascii").strip()
    return os.environ.get("ZEUS_BSO_TOKEN") or None


def tls() -> Tls | None:
    """By ZEUS_BSO_TLS_ROOT, _CERT and _KEY, or with the system's roots if ZEUS_BSO_TLS is
    1, true, yes or on. None: plaintext, unless the address begins with https://."""
    root, cert, key = (
        os.environ.get(f"ZEUS_BSO_TLS_{name}") or None
        for name in ("ROOT", "CERT", "KEY")
    )
    wanted = os.environ.get("ZEUS_BSO_TLS", "").lower() in _TRUE
    if not (root or cert or key or wanted):
        return None
    return Tls(root=root, cert=cert, key=key)


def open_client(address: str, retry: RetryPolicy = RetryPolicy()) -> Client:
    """For the server there, or that of server_address if this is empty.

    Raises:
        OSError: A file that is named cannot be read.
        ValueError: What is named cannot be used (AddressError among others).
    """
    address = address or server_address()
    if not address:
        raise AddressError(
            "no address of a server is given, and ZEUS_BSO_SERVER is not set"
        )
    return Client(address, token=token(), tls=tls(), retry=retry)

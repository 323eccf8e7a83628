"""The server, by the address that a script has for it, and its errors by Zeus' names."""

import contextlib
from typing import Iterator

from zeus_bso.address import AddressError
from zeus_bso.client import Client
from zeus_bso.errors import CallError
from zeus_bso.optimizer.batch_size.exceptions import (
    ZeusBSOConfigError,
    ZeusBSORuntimError,
)


def open_client(server: str) -> Client:
    """Raises ZeusBSOConfigError if this is no address that Client takes."""
    try:
        return Client(server)
    except AddressError as error:
        raise ZeusBSOConfigError(str(error)) from error


@contextlib.contextmanager
def server_errors() -> Iterator[None]:
    """Around calls."""
    try:
        yield
    except CallError as error:
        raise ZeusBSORuntimError(str(error)) from error

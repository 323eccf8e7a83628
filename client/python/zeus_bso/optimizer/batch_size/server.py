"""The server, by the address that a script has for it, and its errors by Zeus' names."""

import contextlib
from typing import Iterator

from zeus_bso import environment
from zeus_bso.client import Client
from zeus_bso.errors import CallError
from zeus_bso.optimizer.batch_size.exceptions import (
    ZeusBSOConfigError,
    ZeusBSORuntimError,
)


def open_client(server: str) -> Client:
    """The client of a server, with the token and the certificates of the environment.

    Raises:
        ZeusBSOConfigError: This is no address that Client takes, or a file that a
            variable names cannot be read.
    """
    try:
        return environment.open_client(server)
    except (OSError, ValueError) as error:
        raise ZeusBSOConfigError(str(error)) from error


@contextlib.contextmanager
def server_errors() -> Iterator[None]:
    """Around calls."""
    try:
        yield
    except CallError as error:
        raise ZeusBSORuntimError(str(error)) from error

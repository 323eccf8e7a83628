"""The server that a command calls, by the options of the command line."""

import contextlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Iterator, Mapping

import click

from zeus_bso.address import AddressError
from zeus_bso.client import Client
from zeus_bso.connection import Connection, Tls
from zeus_bso.retry import RetryPolicy

# People wait for the answer: an outage of a moment is bridged, a longer one is told.
IMPATIENT = RetryPolicy(total=2.0)

PAGE_SIZE = 1000
"""How many jobs or trials a command asks for at once."""


@dataclass(frozen=True)
class Server:
    """How to reach it. Immutable."""

    target: str
    token: str | None
    tls: Tls | None
    timeout: float
    """Of one attempt at a call, in seconds."""

    def connect(self, retry: RetryPolicy = IMPATIENT) -> Client:
        """Raises click.UsageError where the address or a file of tls cannot be used."""
        with _usage_errors():
            return Client(
                self.target,
                token=self.token,
                tls=self.tls,
                timeout=self.timeout,
                retry=retry,
            )

    def connection(self) -> Connection:
        """For methods that Client lacks. Raises as connect."""
        with _usage_errors():
            return Connection(
                self.target, self.token, self.tls, self.timeout, IMPATIENT
            )


@contextlib.contextmanager
def _usage_errors() -> Iterator[None]:
    try:
        yield
    except AddressError as error:
        raise click.UsageError(f"--server: {error}") from error
    except (OSError, ValueError) as error:
        raise click.UsageError(f"TLS: {error}") from error


def server_from(options: Mapping[str, Any]) -> Server:
    """By the options of the command group, which main.py lists.

    Raises:
        click.UsageError: They do not go together, or the token cannot be read.
    """
    if not options["server"]:
        raise click.UsageError("--server is empty")
    return Server(options["server"], _token(options), _tls(options), options["timeout"])


def _token(options: Mapping[str, Any]) -> str | None:
    token: str | None = options["token"]
    if options["token_file"] is not None:
        try:
            token = Path(options["token_file"]).read_text("ascii").strip()
        except (OSError, ValueError) as error:
            raise click.UsageError(f"--token-file: {error}") from error
        if not token:
            raise click.UsageError("--token-file: the file is empty")
    if token and not (token.isascii() and token.isprintable()):
        raise click.UsageError("a token is of printable ASCII characters")
    return token


def _tls(options: Mapping[str, Any]) -> Tls | None:
    root, cert, key = options["tls_root"], options["tls_cert"], options["tls_key"]
    if not (options["tls"] or root or cert or key):
        return None
    return Tls(root=root, cert=cert, key=key)

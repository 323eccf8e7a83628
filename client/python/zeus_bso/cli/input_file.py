"""The argument FILE of commands that read one."""

import sys
from pathlib import Path
from typing import Any, Callable, TypeVar

import click

_CommandT = TypeVar("_CommandT", bound=Callable[..., Any])


def file_argument(command: _CommandT) -> _CommandT:
    """FILE, for read_input, as the parameter path."""
    return click.argument("path", metavar="FILE", type=click.Path(allow_dash=True))(
        command
    )


def read_input(path: str) -> bytes:
    """Reads a file, or standard input where path is "-". Raises OSError."""
    return sys.stdin.buffer.read() if path == "-" else Path(path).read_bytes()

"""Standard output, whose failures are told from those of other files."""

import io
import os
import sys
from typing import Any


class OutputError(Exception):
    """Standard output cannot be written; the cause is the OSError."""


def watch_standard_output() -> None:
    """From here on, a write to sys.stdout that fails raises OutputError."""
    stdout = sys.stdout
    if not isinstance(stdout, io.TextIOWrapper):
        return
    stdout.flush()
    sys.stdout = io.TextIOWrapper(
        io.BufferedWriter(_Watched(os.dup(stdout.fileno()), "wb")),
        encoding=stdout.encoding,
        errors="backslashreplace",
        line_buffering=stdout.line_buffering,
        write_through=stdout.write_through,
    )


class _Watched(io.FileIO):
    def write(self, data: Any) -> int:
        try:
            return super().write(data)
        except OSError as error:
            raise OutputError(error.strerror) from error

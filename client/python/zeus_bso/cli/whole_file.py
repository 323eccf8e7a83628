"""Files that commands write: as a whole, or not at all."""

import contextlib
import os
import stat
import tempfile
from pathlib import Path
from typing import IO, Iterator

import click


@contextlib.contextmanager
def whole_file(path: Path) -> Iterator[IO[bytes]]:
    """Yields what to write into; path has it once the block has ended without error.

    A symbolic link stays one. What is no regular file, such as a device or a FIFO, is
    written as it comes.

    Raises:
        click.UsageError: It cannot be written.
    """
    try:
        mode = _mode(path)
        if mode is None or stat.S_ISREG(mode):
            with _replacement(Path(os.path.realpath(path)), mode) as file:
                yield file
        else:
            with open(path, "wb") as file:
                yield file
    except OSError as error:
        raise click.UsageError(f"{path}: {error.strerror}") from error


def _mode(path: Path) -> int | None:
    """None: there is nothing yet."""
    try:
        return path.stat().st_mode
    except FileNotFoundError:
        return None


@contextlib.contextmanager
def _replacement(path: Path, mode: int | None) -> Iterator[IO[bytes]]:
    if mode is None:
        umask = os.umask(0)
        os.umask(umask)
        mode = 0o666 & ~umask
    with tempfile.NamedTemporaryFile(dir=path.parent, delete=False) as file:
        try:
            yield file
            file.flush()
            os.fsync(file.fileno())
            os.chmod(file.name, stat.S_IMODE(mode))
            os.replace(file.name, path)
        except BaseException:
            os.unlink(file.name)
            raise

"""How the command ends: exit codes, and what it says when a call failed."""

import enum

import click

from zeus_bso.cli.text import printable
from zeus_bso.errors import (
    DeadlineExceededError,
    NotFoundError,
    UnavailableError,
    ZeusBsoError,
)


class ExitCode(enum.IntEnum):
    """Of the process; part of what scripts may rely on."""

    OK = 0
    REFUSED = 1
    """The server refused, or is not serving; the user did not confirm; or what was to
    be written cannot be."""
    USAGE = 2
    """The command line or a file is wrong. Nothing was changed."""
    UNREACHABLE = 3
    """Nobody answers, or not in time: what was called may have taken effect."""
    NOT_FOUND = 4
    """There is no such job or trial."""
    INTERRUPTED = 130
    """Ctrl-C."""
    PIPE_CLOSED = 141
    """Nobody reads what is written, as after `| head`."""


class NotFound(click.ClickException):
    """There is no such job or trial."""

    exit_code = ExitCode.NOT_FOUND


def no_such_job(job_id: str) -> NotFound:
    return NotFound(f"JOB_NOT_FOUND: there is no job {printable(job_id)}")


def exit_code(error: ZeusBsoError) -> ExitCode:
    if isinstance(error, NotFoundError):
        return ExitCode.NOT_FOUND
    if isinstance(error, (UnavailableError, DeadlineExceededError)):
        return ExitCode.UNREACHABLE
    return ExitCode.REFUSED


def describe(error: ZeusBsoError) -> str:
    """One line, and one more for each wrong field and each other detail."""
    if isinstance(error, UnavailableError) and not error.reason:
        what = printable(f"{error.message[:1].upper()}{error.message[1:]}")
        return f"{what}. Is it running? Set --server or ZEUS_BSO_SERVER."
    lines = [f"Error: {error}"]
    lines += [f"  {each.field}: {each.description}" for each in error.field_violations]
    lines += [f"  {key}: {value}" for key, value in sorted(error.metadata.items())]
    return "\n".join(map(printable, lines))

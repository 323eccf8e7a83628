"""The command `zeus-bso`: its options, its commands, and how it ends."""

import importlib
import io
import keyword
import os
import sys
from typing import Any

import click

from zeus_bso.cli.app import App
from zeus_bso.cli.durations import DurationType
from zeus_bso.cli.exits import ExitCode, describe, exit_code
from zeus_bso.cli.global_options import move_to_front
from zeus_bso.cli.output import Output
from zeus_bso.cli.server import server_from
from zeus_bso.cli.standard_output import OutputError, watch_standard_output
from zeus_bso.errors import ZeusBsoError
from zeus_bso.version import __version__

PROGRAM = "zeus-bso"

# In the order of --help. Each is a module of zeus_bso.cli.commands, of the same name
# (a keyword has an underscore after it, a hyphen becomes one), whose `command` is the
# command; it is imported when it is needed.
COMMANDS = (
    "jobs",
    "job",
    "trials",
    "arms",
    "explain",
    "watch",
    "register",
    "profile",
    "set",
    "end",
    "void",
    "reset",
    "delete",
    "health",
    "report",
    "report-pending",
    "export",
    "import",
    "simulate",
    "completion",
)


class _Commands(click.Group):
    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        name = f"{cmd_name}_" if keyword.iskeyword(cmd_name) else cmd_name
        name = name.replace("-", "_")
        module = importlib.import_module(f"zeus_bso.cli.commands.{name}")
        command: click.Command = module.command
        return command

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        return super().parse_args(ctx, move_to_front(self, ctx, args))


@click.group(
    PROGRAM, cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]}
)
@click.option(
    "--server",
    metavar="ADDRESS",
    envvar="ZEUS_BSO_SERVER",
    show_envvar=True,
    default="127.0.0.1:50051",
    show_default=True,
    help="host:port or unix:/path.",
)
@click.option(
    "--token",
    metavar="TOKEN",
    envvar="ZEUS_BSO_TOKEN",
    show_envvar=True,
    help="For servers with --roles. Others may see it in the list of processes: "
    "prefer --token-file.",
)
@click.option(
    "--token-file",
    metavar="FILE",
    envvar="ZEUS_BSO_TOKEN_FILE",
    show_envvar=True,
    help="A file that holds the token; counts before --token.",
)
@click.option(
    "--tls",
    is_flag=True,
    envvar="ZEUS_BSO_TLS",
    show_envvar=True,
    help="Connect over TLS; so do the next three.",
)
@click.option(
    "--tls-root",
    metavar="FILE",
    envvar="ZEUS_BSO_TLS_ROOT",
    show_envvar=True,
    help="PEM roots that the server's certificate must lead to.  [default: the system's]",
)
@click.option(
    "--tls-cert",
    metavar="FILE",
    envvar="ZEUS_BSO_TLS_CERT",
    show_envvar=True,
    help="PEM certificate to show.",
)
@click.option(
    "--tls-key",
    metavar="FILE",
    envvar="ZEUS_BSO_TLS_KEY",
    show_envvar=True,
    help="Its PEM key.",
)
@click.option(
    "--timeout",
    type=DurationType(),
    default="10s",
    show_default=True,
    help="How long to wait for an answer.",
)
@click.option("--json", is_flag=True, help="Write JSON, for programs.")
@click.version_option(__version__, message=f"{PROGRAM} %(version)s")
@click.pass_context
def cli(ctx: click.Context, /, **options: Any) -> None:
    """Looks after the jobs of a zeus-bso-server.

    Options may stand before the command or after it.

    \b
    Exit codes: 0 fine, 1 the server refused, 2 wrong usage, 3 the server cannot be
    reached, 4 no such job or trial, 130 Ctrl-C.
    """
    ctx.obj = App(server_from(options), Output(options["json"]))


def main() -> int:
    """Runs the command line of this process.

    Returns:
        The exit code, an ExitCode.
    """
    _open_closed_streams()
    watch_standard_output()
    if isinstance(sys.stderr, io.TextIOWrapper):
        sys.stderr.reconfigure(errors="backslashreplace")
    try:
        code = cli.main(prog_name=PROGRAM, standalone_mode=False)
        sys.stdout.flush()
        return code or ExitCode.OK
    except OutputError as error:
        _drop_output()
        if isinstance(error.__cause__, BrokenPipeError):
            return ExitCode.PIPE_CLOSED
        click.echo(f"Error: cannot write: {error}", err=True)  # Such as a full disk.
        return ExitCode.REFUSED
    except click.Abort:
        return ExitCode.INTERRUPTED
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except ZeusBsoError as error:
        click.echo(describe(error), err=True)
        return exit_code(error)


def _open_closed_streams() -> None:
    """Where the caller has closed a standard stream, it is empty instead."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, mode, encoding="utf-8"))


def _drop_output() -> None:
    """What is still buffered goes nowhere, instead of failing at the exit."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())

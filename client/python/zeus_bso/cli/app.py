"""What every command is given, and the parameters that many of them share."""

import itertools
from dataclasses import dataclass
from typing import Any, Callable, TypeVar

import click

from zeus_bso.cli.output import Output
from zeus_bso.cli.server import Server, server_from
from zeus_bso.client import Client
from zeus_bso.errors import ZeusBsoError
from zeus_bso.retry import RetryPolicy
from zeus_bso.types import Job

_T = TypeVar("_T")
_CommandT = TypeVar("_CommandT", bound=Callable[..., Any])

# The shell waits for completions: in seconds, and how many it is given.
_COMPLETION_TIMEOUT = 1.0
_MAX_COMPLETIONS = 200


@dataclass
class App:
    """The object of the click context."""

    server: Server
    output: Output


def job_id_argument(command: _CommandT) -> _CommandT:
    """The argument ID of a command, which the shell completes from the server."""
    return click.argument("job_id", metavar="ID", shell_complete=_complete_job_id)(
        command
    )


def json_option(command: _CommandT) -> _CommandT:
    """--json after the command, as well as before it."""
    return click.option(
        "--json",
        is_flag=True,
        expose_value=False,
        help="Write JSON, for programs.",
        callback=_on_json,
    )(command)


def _on_json(ctx: click.Context, param: click.Parameter, value: bool) -> None:
    app = ctx.find_object(App)
    if value and app is not None:  # None: the shell asks for completions.
        app.output.json = True


def dry_run_option(command: _CommandT) -> _CommandT:
    """--dry-run, as the parameter dry_run."""
    return click.option(
        "--dry-run", is_flag=True, help="Only show what would change; change nothing."
    )(command)


def complete_batch_size(
    ctx: click.Context, param: click.Parameter, incomplete: str
) -> list[str]:
    """The batch sizes of the job that the argument ID names."""
    job_id = ctx.params.get("job_id") or ""
    jobs = _ask(ctx, lambda client: [client.get_job(job_id)])
    sizes = [str(size) for job in jobs if job for size in job.spec.batch_sizes]
    return [each for each in sizes if each.startswith(incomplete)]


def _complete_job_id(
    ctx: click.Context, param: click.Parameter, incomplete: str
) -> list[str]:
    def list_jobs(client: Client) -> list[Job]:
        jobs = client.list_jobs(incomplete, page_size=_MAX_COMPLETIONS)
        return list(itertools.islice(jobs, _MAX_COMPLETIONS))

    return [each.spec.job_id for each in _ask(ctx, list_jobs)]


def _ask(ctx: click.Context, ask: Callable[[Client], list[_T]]) -> list[_T]:
    """Nothing if the server does not answer."""
    try:
        options = {**ctx.find_root().params, "timeout": _COMPLETION_TIMEOUT}
        with server_from(options).connect(RetryPolicy(total=0.0)) as client:
            return ask(client)
    except (click.ClickException, ZeusBsoError):
        return []

"""`zeus-bso watch`: what happens to a job, as it happens."""

from contextlib import closing
from typing import Iterable

import click
from rich.live import Live

from zeus_bso.cli.app import App, job_id_argument, json_option
from zeus_bso.cli.as_json import event_as_json
from zeus_bso.cli.exits import no_such_job
from zeus_bso.cli.output import Output
from zeus_bso.cli.watch_lines import WatchLines
from zeus_bso.cli.watch_table import WatchTable
from zeus_bso.events import JobEvent
from zeus_bso.retry import RetryPolicy
from zeus_bso.sigterm import SigtermAsExit


@click.command("watch")
@job_id_argument
@json_option
@click.pass_obj
def command(app: App, job_id: str) -> None:
    """Shows what happens to a job, as it happens.

    Ends when the job is deleted, and by Ctrl-C. On a terminal, a table that is kept up
    to date; else a line for each change, and with --json a line for each event. Goes on
    when the server was away for less than half a minute.
    """
    with app.server.connect() as client:  # To be told at once if it cannot be reached.
        if client.get_job(job_id) is None:
            raise no_such_job(job_id)
    with app.server.connect(RetryPolicy()) as client:
        with closing(client.watch_job(job_id)) as events:
            if app.output.terminal and not app.output.json:
                _show_table(events, app.output)
            else:
                _write_lines(events, app.output)


def _write_lines(events: Iterable[JobEvent], output: Output) -> None:
    lines = WatchLines()
    for event in events:
        if output.json:
            output.json_line(event_as_json(event))
        for line in () if output.json else lines.of(event):
            output.say(line)
        output.flush()


def _show_table(events: Iterable[JobEvent], output: Output) -> None:
    table = WatchTable(output)
    sigterm = SigtermAsExit()  # It leaves the terminal with its cursor.
    sigterm.install()
    try:
        with Live(
            console=output.console,
            get_renderable=table.render,
            redirect_stdout=False,
            redirect_stderr=False,
        ):
            for event in events:
                table.add(event)
    finally:
        sigterm.restore()

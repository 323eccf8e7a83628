"""`zeus-bso delete`: deletes a job."""

import itertools
import sys

import click

from zeus_bso.cli.app import App, job_id_argument, json_option
from zeus_bso.cli.exits import ExitCode, no_such_job
from zeus_bso.cli.server import PAGE_SIZE
from zeus_bso.cli.text import printable
from zeus_bso.client import Client


@click.command("delete")
@job_id_argument
@click.option("--yes", is_flag=True, help="Do not ask.")
@json_option
@click.pass_obj
def command(app: App, job_id: str, yes: bool) -> ExitCode:
    """Deletes a job with its trials and arms. Asks, on a terminal, if there are trials."""
    if not yes and not sys.stdin.isatty():
        raise click.UsageError("without a terminal, deleting needs --yes")
    with app.server.connect() as client:
        if not yes and not _confirms(client, job_id):
            click.echo("Nothing was deleted.", err=True)
            return ExitCode.REFUSED
        client.delete_job(job_id)
    if app.output.json:
        app.output.document({"deleted": True})
    else:
        app.output.say(f"Deleted {job_id}.")
    return ExitCode.OK


def _confirms(client: Client, job_id: str) -> bool:
    job = client.get_job(job_id)
    if job is None:
        raise no_such_job(job_id)
    trials = client.list_trials(job_id, page_size=PAGE_SIZE)
    count = len(list(itertools.islice(trials, PAGE_SIZE + 1)))
    if count == 0:
        return True
    what = f"{count} trial{'s' if count > 1 else ''}"
    if count > PAGE_SIZE:
        what = f"more than {PAGE_SIZE:,} trials"
    if job.num_running_trials:
        what += f", {job.num_running_trials} of them running"
    return click.confirm(f"Delete {printable(job_id)} with {what}?", err=True)

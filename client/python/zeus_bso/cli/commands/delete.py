"""`zeus-bso delete`: deletes a job."""

import sys

import click

from zeus_bso.cli.app import App, job_id_argument, json_option
from zeus_bso.cli.exits import ExitCode
from zeus_bso.cli.text import printable


@click.command("delete")
@job_id_argument
@click.option("--yes", is_flag=True, help="Do not ask.")
@json_option
@click.pass_obj
def command(app: App, job_id: str, yes: bool) -> ExitCode:
    """Deletes a job with its trials and arms. Asks, on a terminal."""
    if not yes:
        if not sys.stdin.isatty():
            raise click.UsageError("without a terminal, deleting needs --yes")
        question = f"Delete {printable(job_id)} with all its trials?"
        if not click.confirm(question, err=True):
            click.echo("Nothing was deleted.", err=True)
            return ExitCode.REFUSED
    with app.server.connect() as client:
        client.delete_job(job_id)
    if app.output.json:
        app.output.document({"deleted": True})
    else:
        app.output.say(f"Deleted {job_id}.")
    return ExitCode.OK

"""`zeus-bso job`: shows one job."""

import click

from zeus_bso.cli.app import App, job_id_argument, json_option
from zeus_bso.cli.as_json import as_json
from zeus_bso.cli.exits import no_such_job
from zeus_bso.cli.job_facts import job_facts
from zeus_bso.cli.text import warning_lines


@click.command("job")
@job_id_argument
@json_option
@click.pass_obj
def command(app: App, job_id: str) -> None:
    """Shows a job: where it stands, what it was registered with, and its warnings."""
    with app.server.connect() as client:
        job = client.get_job(job_id)
    if job is None:
        raise no_such_job(job_id)
    if app.output.json:
        app.output.document(as_json(job))
        return
    app.output.show(app.output.facts(job_facts(job)))
    if job.warnings:
        app.output.say("")
    for line in warning_lines(job.warnings):
        app.output.say(line)

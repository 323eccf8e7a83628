"""`zeus-bso register`: registers a job."""

import click

from zeus_bso.cli.app import App, json_option
from zeus_bso.cli.as_json import as_json
from zeus_bso.cli.input_file import file_argument
from zeus_bso.cli.spec_file import read_spec


@click.command("register")
@file_argument
@json_option
@click.pass_obj
def command(app: App, path: str) -> None:
    """Registers the job that FILE describes; - is standard input.

    FILE is a JSON object with the fields of JobSpec, such as "job_id", "batch_sizes"
    and "max_power". The same answer however often it is called.
    """
    try:
        spec = read_spec(path)
    except (OSError, ValueError) as error:
        raise click.BadParameter(str(error), param_hint="FILE") from error
    with app.server.connect() as client:
        registration = client.register_job(spec)
    job_id = registration.job.spec.job_id
    if app.output.json:
        app.output.document(as_json(registration))
    elif registration.created:
        app.output.say(f"Registered {job_id}.")
    else:
        app.output.say(f"{job_id} was registered before, with the same specification.")

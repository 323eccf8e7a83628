"""`zeus-bso register`: registers a job."""

import dataclasses

import click

from zeus_bso.cli.app import App, json_option
from zeus_bso.cli.as_json import as_json
from zeus_bso.cli.input_file import file_argument
from zeus_bso.cli.spec_file import POLICIES, read_spec
from zeus_bso.types import Job, Policy


@click.command("register")
@file_argument
@click.option(
    "--policy",
    type=click.Choice(POLICIES, case_sensitive=False),
    help="How to choose batch sizes; counts before what FILE says.  [default: that of "
    "the registered job; for a new one the server's --default_policy]",
)
@click.option(
    "--warm-start",
    default="",
    metavar="ID",
    help="Another job, whose knowledge a new job of the policy CURVES starts with.",
)
@json_option
@click.pass_obj
def command(app: App, path: str, policy: str | None, warm_start: str) -> None:
    """Registers the job that FILE describes; - is standard input.

    FILE is a JSON object with the fields of JobSpec, such as "job_id", "batch_sizes"
    and "max_power". The same answer however often it is called.
    """
    try:
        spec = read_spec(path)
    except (OSError, ValueError) as error:
        raise click.BadParameter(str(error), param_hint="FILE") from error
    if policy is not None:
        spec = dataclasses.replace(spec, policy=Policy[policy])
    with app.server.connect() as client:
        registration = client.register_job(spec, warm_start=warm_start)
    shown = _shown(registration.job)
    if app.output.json:
        app.output.document(as_json(registration))
    elif registration.created:
        start = registration.job.warm_start
        knowledge = f", which starts with what {start} knows" if start else ""
        app.output.say(f"Registered {shown}{knowledge}.")
    else:
        app.output.say(f"{shown} was registered before, with the same specification.")


def _shown(job: Job) -> str:
    policy = job.spec.policy
    return f"{job.spec.job_id}{f' ({policy.name})' if policy is not None else ''}"

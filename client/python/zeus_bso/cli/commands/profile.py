"""`zeus-bso profile`: teaches a job what epochs cost that were timed beforehand."""

from typing import Any

import click

from zeus_bso.cli.app import App, job_id_argument, json_option
from zeus_bso.cli.as_json import as_json
from zeus_bso.cli.text import counted
from zeus_bso.types import EpochProfile


class _EpochType(click.ParamType):
    """An epoch that was timed, as people write it: 32:44:6560."""

    name = "epoch"

    def convert(
        self,
        value: Any,
        param: click.Parameter | None,
        ctx: click.Context | None,
    ) -> EpochProfile:
        if isinstance(value, EpochProfile):
            return value
        try:
            size, seconds, joules = value.split(":")
            return EpochProfile(int(size), float(seconds), float(joules))
        except ValueError:
            self.fail(f"{value!r} is not SIZE:SECONDS:JOULES such as 32:44:6560")


@click.command("profile")
@job_id_argument
@click.option(
    "--epoch",
    "epochs",
    type=_EpochType(),
    multiple=True,
    required=True,
    metavar="SIZE:SECONDS:JOULES",
    help="One epoch after the first: its batch size, time and energy. Once for each size.",
)
@json_option
@click.pass_obj
def command(app: App, job_id: str, epochs: tuple[EpochProfile, ...]) -> None:
    """Teaches a job what epochs cost, as they were timed beforehand.

    Only jobs of the policy CURVES learn from it. Sizes that have been timed already stay
    as they are.
    """
    with app.server.connect() as client:
        job = client.profile_job(job_id, epochs)
    if app.output.json:
        app.output.document(as_json(job))
    else:
        app.output.say(
            f"{job_id} has the cost of an epoch of {counted(len(epochs), 'batch size')}. "
            "Sizes that had been timed before stay as they were."
        )

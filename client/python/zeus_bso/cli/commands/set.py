"""`zeus-bso set`: changes the specification of a job."""

from typing import Any

import click

from zeus_bso.cli.app import App, dry_run_option, job_id_argument, json_option
from zeus_bso.cli.as_json import as_json
from zeus_bso.cli.assignments import Assignment, AssignmentType, check_assignments
from zeus_bso.cli.job_update import Changes, SizesError, update_job
from zeus_bso.cli.output import Output
from zeus_bso.cli.tables import Column
from zeus_bso.cli.text import DRY_RUN, LEARNING_ANEW, value_text
from zeus_bso.types import Job

_COLUMNS = (Column("field"), Column("before"), Column("after"), Column("meaning"))

_ARGUMENT = "FIELD=VALUE..."


@click.command("set")
@job_id_argument
@click.argument(
    "assignments",
    metavar=_ARGUMENT,
    type=AssignmentType(),
    callback=check_assignments,
    nargs=-1,
    required=True,
)
@dry_run_option
@json_option
@click.pass_obj
def command(
    app: App, job_id: str, assignments: tuple[Assignment, ...], dry_run: bool
) -> None:
    """Changes fields of a job: all that are named, or none.

    \b
    zeus-bso set resnet beta_knob=3 trial_timeout=1h30m
    zeus-bso set resnet batch_sizes+=256,512 batch_sizes-=16
    zeus-bso set resnet batch_sizes=32,64 policy=curves
    zeus-bso set resnet max_epochs=        (its default)
    """
    with app.server.connect() as client:
        try:
            changes = update_job(client, job_id, assignments, dry_run)
        except SizesError as error:
            raise click.BadParameter(str(error), param_hint=repr(_ARGUMENT)) from error
    if app.output.json:
        app.output.document(_json(changes))
    else:
        _show(app.output, changes, dry_run)
    if changes.raced:
        raise click.ClickException(_race(changes.job))


def _json(changes: Changes) -> dict[str, Any]:
    """As UpdateJobResponse of the API, with the values of each change."""
    return {"job": as_json(changes.job), "changes": as_json(changes.fields)}


def _show(output: Output, changes: Changes, dry_run: bool) -> None:
    job_id = changes.job.spec.job_id
    if not changes.fields:
        output.say(f"{job_id} has these values already.")
        return
    rows = [
        (each.field, value_text(each.before), value_text(each.after), each.meaning)
        for each in changes.fields
    ]
    output.table(_COLUMNS, rows)
    if dry_run:
        output.say(DRY_RUN)
        return
    output.say(f"Changed {job_id}.")
    if changes.job.is_learning_anew:
        output.say(LEARNING_ANEW)


def _race(job: Job) -> str:
    sizes = ", ".join(map(str, job.spec.batch_sizes))
    return (
        f"{job.spec.job_id} was corrected by another call at the same time. If that call "
        f"changed batch_sizes, its change is lost: the sizes are {sizes} now. Check them, "
        "and set batch_sizes again if they are not what they should be."
    )

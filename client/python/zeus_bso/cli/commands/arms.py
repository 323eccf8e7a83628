"""`zeus-bso arms`: what the bandit believes."""

import click

from zeus_bso.cli.app import App, job_id_argument, json_option
from zeus_bso.cli.as_json import as_json
from zeus_bso.cli.exits import no_such_job
from zeus_bso.cli.tables import Column
from zeus_bso.cli.text import belief, why_no_arms
from zeus_bso.types import Arm

_COLUMNS = (
    Column("batch size", right=True),
    Column("believed mean cost/J", right=True),
    Column("results", right=True),
    Column(""),
)


@click.command("arms")
@job_id_argument
@json_option
@click.pass_obj
def command(app: App, job_id: str) -> None:
    """Shows what the bandit believes of each batch size. JSON: an array of arms.

    Only jobs of the policy ZEUS have arms.
    """
    with app.server.connect() as client:
        arms = client.get_arms(job_id)
        job = client.get_job(job_id)
    if job is None:
        raise no_such_job(job_id)
    if app.output.json:
        app.output.document(as_json(arms))
    elif not arms:
        app.output.say(f"No arms: {why_no_arms(job)}.")
    else:
        best = min(arms, key=_believed_cost)
        rows = [_row(each, each is best) for each in arms]
        app.output.table(_COLUMNS, rows)


def _believed_cost(arm: Arm) -> float:
    return -arm.param_mean if arm.param_precision else float("inf")


def _row(arm: Arm, best: bool) -> tuple[str, ...]:
    return (
        str(arm.batch_size),
        belief(arm),
        str(arm.num_observations),
        "best" if best and arm.param_precision else "",
    )

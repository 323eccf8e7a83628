"""`zeus-bso end`: ends a trial without a result."""

import click

from zeus_bso.cli.app import App, job_id_argument, json_option
from zeus_bso.cli.as_json import as_json
from zeus_bso.cli.text import outcome
from zeus_bso.cli.trial_lookup import find_trial
from zeus_bso.types import TrialFailure, TrialStatus

_FAILURES = [
    each.name
    for each in (
        TrialFailure.FAILED,
        TrialFailure.INFEASIBLE,
        TrialFailure.CANCELLED,
        TrialFailure.NOT_CONVERGED,
    )
]


@click.command("end")
@job_id_argument
@click.argument("trial_number", type=click.IntRange(min=1))
@click.option(
    "--batch-size",
    type=click.IntRange(min=1),
    metavar="SIZE",
    help="The trial's. Looked up when it is left out.",
)
@click.option(
    "--failure",
    type=click.Choice(_FAILURES, case_sensitive=False),
    default=TrialFailure.CANCELLED.name,
    show_default=True,
    help="CANCELLED says nothing about the batch size, FAILED counts against it, "
    "INFEASIBLE says that it does not fit into memory, nor do greater ones, "
    "NOT_CONVERGED that the training ended by itself before its target.",
)
@json_option
@click.pass_obj
def command(
    app: App, job_id: str, trial_number: int, batch_size: int | None, failure: str
) -> None:
    """Ends a running trial without a result.

    One that has ended stays as it is.
    """
    with app.server.connect() as client:
        before = find_trial(client, job_id, trial_number, batch_size)
        trial = client.end_trial(before, TrialFailure[failure])
    if app.output.json:
        app.output.document(as_json(trial))
        return
    had_ended = before.status is not TrialStatus.DISPATCHED
    app.output.say(
        f"Trial {trial_number} of {job_id}, batch size {trial.batch_size}, "
        f"{'had ended before' if had_ended else 'has ended'}: {outcome(trial)}."
    )

"""`zeus-bso void`: makes a trial void, so that it does not count any more."""

import click

from zeus_bso.cli.app import App, dry_run_option, job_id_argument, json_option
from zeus_bso.cli.as_json import as_json
from zeus_bso.cli.exits import no_such_job
from zeus_bso.cli.text import DRY_RUN, LEARNING_ANEW, how_it_ended, least_cost
from zeus_bso.cli.trial_lookup import find_trial
from zeus_bso.types import Job, Trial


@click.command("void")
@job_id_argument
@click.argument("trial_number", type=click.IntRange(min=1))
@click.option(
    "--reason",
    required=True,
    metavar="TEXT",
    help="Why, for those who read the list of trials later.",
)
@dry_run_option
@json_option
@click.pass_obj
def command(
    app: App, job_id: str, trial_number: int, reason: str, dry_run: bool
) -> None:
    """Takes back how a trial ended: it does not count any more.

    The trial stays in the list of trials, marked as void. The policy learns anew from
    the trials that count. A trial that is running cannot be void: end it.
    """
    with app.server.connect() as client:
        found = find_trial(client, job_id, trial_number)
        before = client.get_job(job_id)
        if before is None:
            raise no_such_job(job_id)
        key = (job_id, found.batch_size, trial_number)
        answer = client.void_trial(key, reason, dry_run=dry_run)
    if app.output.json:
        app.output.document(as_json(answer))
        return
    app.output.say(_what_happened(found, answer.trial, dry_run))
    if least_cost(answer.job) != least_cost(before):
        app.output.say(_costs(before, answer.job))
    if dry_run:
        app.output.say(DRY_RUN)
    elif answer.job.is_learning_anew:
        app.output.say(LEARNING_ANEW)


def _what_happened(found: Trial, trial: Trial, dry_run: bool) -> str:
    name = (
        f"Trial {trial.trial_number} of {trial.job_id}, batch size {trial.batch_size}, "
        f"{how_it_ended(trial)},"
    )
    reason = "" if trial.voided is None else trial.voided.reason
    if found.voided is not None:
        return f"{name} was void before: {reason}"
    counts = "would not count" if dry_run else "does not count"
    return f"{name} {counts} any more: {reason}"


def _costs(before: Job, after: Job) -> str:
    return f"Least cost before: {least_cost(before)}. Least cost after: {least_cost(after)}."

"""`zeus-bso trials`: lists the trials of a job."""

from typing import Iterator

import click

from zeus_bso.cli.app import App, job_id_argument, json_option
from zeus_bso.cli.as_json import as_json
from zeus_bso.cli.costs import trial_cost
from zeus_bso.cli.exits import no_such_job
from zeus_bso.cli.progress import progress
from zeus_bso.cli.server import PAGE_SIZE
from zeus_bso.cli.tables import Column
from zeus_bso.cli.text import epochs_done, history_text, moment, number, outcome
from zeus_bso.client import Client
from zeus_bso.types import JobSpec, Trial, TrialStatus

_COLUMNS = (
    Column("trial", right=True),
    Column("batch size", right=True),
    Column("type", spare=True),
    Column("outcome"),
    Column("epochs", right=True, spare=True),
    Column("time/s", right=True),
    Column("energy/J", right=True),
    Column("cost/J", right=True),
    Column("started (UTC)", spare=True),
    Column("client", spare=True),
)

_STATUSES = [each.name for each in TrialStatus if each is not TrialStatus.UNSPECIFIED]


@click.command("trials")
@job_id_argument
@click.option("--batch-size", type=int, metavar="SIZE", help="Only those of this size.")
@click.option(
    "--status",
    type=click.Choice(_STATUSES, case_sensitive=False),
    help="Only those that stand so; DISPATCHED: running.",
)
@json_option
@click.pass_obj
def command(app: App, job_id: str, batch_size: int | None, status: str | None) -> None:
    """Lists the trials of a job, by number. JSON: one trial a line.

    An outcome is marked as late if it came after the trial had timed out, and as void,
    with the reason, if it does not count.
    """
    with app.server.connect() as client:
        trials = _trials(client, job_id, batch_size, status)
        if app.output.json:
            for trial in trials:
                app.output.json_line(as_json(trial))
            return
        job = client.get_job(job_id)
        if job is None:
            raise no_such_job(job_id)
        rows = []
        with progress("Listing trials") as advance:
            for trial in trials:
                rows.append(_row(job.spec, trial))
                advance()
    app.output.table(_COLUMNS, rows)
    if job.history is not None:
        app.output.say(f"The history {history_text(job.history)}.")


def _trials(
    client: Client, job_id: str, batch_size: int | None, status: str | None
) -> Iterator[Trial]:
    trials = client.list_trials(job_id, batch_size=batch_size, page_size=PAGE_SIZE)
    return (each for each in trials if status in (None, each.status.name))


def _row(spec: JobSpec, trial: Trial) -> tuple[str, ...]:
    return (
        str(trial.trial_number),
        str(trial.batch_size),
        trial.type.name,
        outcome(trial),
        "-" if (epochs := epochs_done(trial)) is None else str(epochs),
        number(trial.time_seconds),
        number(trial.energy_joules),
        number(trial_cost(spec, trial)),
        moment(trial.start_time),
        trial.client_id,
    )

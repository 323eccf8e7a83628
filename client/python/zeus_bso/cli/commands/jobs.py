"""`zeus-bso jobs`: lists jobs."""

import click

from zeus_bso.cli.app import App, json_option
from zeus_bso.cli.as_json import as_json
from zeus_bso.cli.progress import progress
from zeus_bso.cli.server import PAGE_SIZE
from zeus_bso.cli.tables import Column
from zeus_bso.cli.text import (
    cost_saved,
    moment,
    number,
    policy_name,
    probability,
    stage_name,
)
from zeus_bso.types import Job

_COLUMNS = (
    Column("job"),
    Column("policy"),
    Column("stage", spare=True),
    Column("sizes", right=True, spare=True),
    Column("default", right=True, spare=True),
    Column("best", right=True),
    Column("probability", right=True),
    Column("cost saved", right=True),
    Column("running", right=True),
    Column("warnings", right=True),
    Column("least cost/J", right=True, spare=True),
    Column("created (UTC)", spare=True),
)


@click.command("jobs")
@click.option("--prefix", default="", help="Only jobs whose ID begins with it.")
@json_option
@click.pass_obj
def command(app: App, prefix: str) -> None:
    """Lists the jobs, by ID. JSON: one job a line.

    The best size, its probability and what it saves against the default are as of a
    summary that the server computes soon after a trial has ended.
    """
    with app.server.connect() as client:
        jobs = client.list_jobs(prefix, page_size=PAGE_SIZE)
        if app.output.json:
            for job in jobs:
                app.output.json_line(as_json(job))
            return
        rows = []
        with progress("Listing jobs") as advance:
            for job in jobs:
                rows.append(_row(job))
                advance()
    app.output.table(_COLUMNS, rows)


def _row(job: Job) -> tuple[str, ...]:
    return (
        job.spec.job_id,
        policy_name(job),
        stage_name(job),
        str(len(job.spec.batch_sizes)),
        str(job.spec.default_batch_size),
        *_beliefs(job),
        str(job.num_running_trials),
        str(len(job.warnings)),
        number(job.min_cost),
        moment(job.create_time),
    )


def _beliefs(job: Job) -> tuple[str, str, str]:
    """Best size, its probability, and what it saves."""
    summary = job.summary
    if summary is None or summary.best_batch_size is None:
        return "-", "-", "-"
    return (
        str(summary.best_batch_size),
        probability(summary.best_probability),
        cost_saved(job, summary) or "-",
    )

"""`zeus-bso jobs`: lists jobs."""

import click

from zeus_bso.cli.app import App, json_option
from zeus_bso.cli.as_json import as_json
from zeus_bso.cli.progress import progress
from zeus_bso.cli.server import PAGE_SIZE
from zeus_bso.cli.tables import Column
from zeus_bso.cli.text import moment, number, policy_name, stage_name
from zeus_bso.types import Job

_COLUMNS = (
    Column("job"),
    Column("policy"),
    Column("stage"),
    Column("sizes", right=True, spare=True),
    Column("default", right=True, spare=True),
    Column("best", right=True),
    Column("least cost/J", right=True),
    Column("running", right=True),
    Column("created (UTC)", spare=True),
)


@click.command("jobs")
@click.option("--prefix", default="", help="Only jobs whose ID begins with it.")
@json_option
@click.pass_obj
def command(app: App, prefix: str) -> None:
    """Lists the jobs, by ID. JSON: one job a line."""
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
        "-" if job.min_cost is None else str(job.min_cost_batch_size),
        number(job.min_cost),
        str(job.num_running_trials),
        moment(job.create_time),
    )

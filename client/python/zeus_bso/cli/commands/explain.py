"""`zeus-bso explain`: what a job's policy believes, and why it chooses as it does."""

from typing import Iterator

import click

from zeus_bso.cli.app import App, job_id_argument, json_option
from zeus_bso.cli.as_json import as_json
from zeus_bso.cli.job_facts import learning_facts, saving_facts
from zeus_bso.cli.tables import Column
from zeus_bso.cli.text import estimate, policy_name, probability, warning_lines
from zeus_bso.explanation import BatchSizeExplanation, Explanation

_COLUMNS = (
    Column("batch size", right=True),
    Column("trials", right=True),
    Column("converged", right=True),
    Column("failed", right=True),
    Column("cost/J", right=True),
    Column("epochs", right=True, spare=True),
    Column("cost per epoch/J", right=True, spare=True),
    Column("probability", right=True),
    Column("why"),
)


@click.command("explain")
@job_id_argument
@json_option
@click.pass_obj
def command(app: App, job_id: str) -> None:
    """Shows what the policy believes of each batch size, and why.

    Cost and epochs are those of a training that converges, ± one standard deviation. The
    probability is that of the least cost of all sizes. Warnings are shown above the
    table. Changes nothing.
    """
    with app.server.connect() as client:
        explanation = client.explain_job(job_id)
    if app.output.json:
        app.output.document(as_json(explanation))
        return
    app.output.say(explanation.summary)
    app.output.show(app.output.facts(_facts(explanation)))
    app.output.say("")
    for line in warning_lines(explanation.job.warnings):
        app.output.say(line)
    if explanation.job.warnings:
        app.output.say("")
    believes = any(each.best_probability > 0 for each in explanation.batch_sizes)
    rows = [_row(each, believes) for each in explanation.batch_sizes]
    app.output.table(_COLUMNS, rows)


def _facts(explanation: Explanation) -> Iterator[tuple[str, str]]:
    job = explanation.job
    yield "policy", policy_name(job)
    if job.warm_start:
        yield "started from", job.warm_start
    yield "default", f"batch size {job.spec.default_batch_size}"
    size = explanation.next_batch_size
    yield "next trial", "none can start" if size is None else f"batch size {size}"
    yield from saving_facts(job, explanation)
    yield from learning_facts(job)


def _row(size: BatchSizeExplanation, believes: bool) -> tuple[str, ...]:
    return (
        str(size.batch_size),
        str(size.num_trials),
        str(size.num_converged),
        str(size.num_failed),
        estimate(size.cost),
        estimate(size.epochs),
        estimate(size.epoch_cost),
        probability(size.best_probability) if believes else "-",
        size.why,
    )

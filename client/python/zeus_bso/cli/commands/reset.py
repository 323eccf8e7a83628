"""`zeus-bso reset`: makes a job forget how a batch size failed."""

import click

from zeus_bso.cli.app import (
    App,
    complete_batch_size,
    dry_run_option,
    job_id_argument,
    json_option,
)
from zeus_bso.cli.as_json import as_json
from zeus_bso.cli.text import DRY_RUN


@click.command("reset")
@job_id_argument
@click.argument(
    "batch_size", type=click.IntRange(min=1), shell_complete=complete_batch_size
)
@dry_run_option
@json_option
@click.pass_obj
def command(app: App, job_id: str, batch_size: int, dry_run: bool) -> None:
    """Forgets that trials at a batch size failed, so that it is tried again.

    If the size ran out of memory, the greater sizes that it ruled out are tried again,
    too.
    """
    with app.server.connect() as client:
        answer = client.reset_batch_size(job_id, batch_size, dry_run=dry_run)
    if app.output.json:
        app.output.document(as_json(answer))
        return
    if not answer.batch_sizes:
        app.output.say(
            f"Batch size {batch_size} of {job_id} has no failures to forget. "
            "Nothing was changed."
        )
        return
    sizes = ", ".join(map(str, answer.batch_sizes))
    forgets = "would forget" if dry_run else "has forgotten"
    app.output.say(f"{job_id} {forgets} how these batch sizes failed: {sizes}.")
    if dry_run:
        app.output.say(DRY_RUN)

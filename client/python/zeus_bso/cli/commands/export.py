"""`zeus-bso export`: writes a job to a file."""

import contextlib
import json
import sys
from pathlib import Path
from typing import IO, ContextManager

import click

from zeus_bso.cli.app import App, job_id_argument, json_option
from zeus_bso.cli.progress import progress
from zeus_bso.cli.text import counted
from zeus_bso.cli.whole_file import whole_file

_STANDARD_OUTPUT = Path("-")


@click.command("export")
@job_id_argument
@click.option(
    "-o",
    "--output",
    "path",
    metavar="FILE",
    type=click.Path(dir_okay=False, allow_dash=True, path_type=Path),
    default=_STANDARD_OUTPUT,
    help="Where to; -, as if it is left out: standard output.",
)
@json_option
@click.pass_obj
def command(app: App, job_id: str, path: Path) -> None:
    """Writes a job with its trials, beliefs and generator, as JSON lines, for import.

    JSON: with -o FILE, what was written where.
    """
    num_trials = 0
    with app.server.connect() as client, _writer(path) as file:
        with progress("Exporting") as advance:
            for record in client.export_job(job_id):
                num_trials += "trial" in record
                file.write(json.dumps(record).encode() + b"\n")
                advance()
    if path == _STANDARD_OUTPUT:
        return
    if app.output.json:
        app.output.document({"path": str(path), "num_trials": num_trials})
    else:
        app.output.say(f"Wrote {path}, of {counted(num_trials, 'trial')}.")


def _writer(path: Path) -> ContextManager[IO[bytes]]:
    if path == _STANDARD_OUTPUT:
        return contextlib.nullcontext(sys.stdout.buffer)
    return whole_file(path)

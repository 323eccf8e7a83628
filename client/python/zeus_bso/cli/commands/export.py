"""`zeus-bso export`: writes a job to a file."""

import contextlib
import json
import os
import sys
import tempfile
from pathlib import Path
from typing import IO, Iterator

import click

from zeus_bso.cli.app import App, job_id_argument
from zeus_bso.cli.progress import progress


@click.command("export")
@job_id_argument
@click.option(
    "-o",
    "--output",
    "path",
    metavar="FILE",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Where to.  [default: standard output]",
)
@click.pass_obj
def command(app: App, job_id: str, path: Path | None) -> None:
    """Writes a job with its trials, arms and generator, as JSON lines, for import."""
    num_trials = 0
    with app.server.connect() as client, _writer(path) as file:
        with progress("exporting") as advance:
            for record in client.export_job(job_id):
                num_trials += "trial" in record
                file.write(json.dumps(record) + "\n")
                advance()
    if path is not None:
        app.output.say(f"Wrote {path}, of {num_trials:,} trials.")


@contextlib.contextmanager
def _writer(path: Path | None) -> Iterator[IO[str]]:
    """A file that is there as a whole, or not at all."""
    if path is None:
        yield sys.stdout
        return
    with tempfile.NamedTemporaryFile("w", dir=path.parent, delete=False) as file:
        try:
            yield file
            file.flush()
            os.fsync(file.fileno())
            umask = os.umask(0)
            os.umask(umask)
            os.chmod(file.name, 0o666 & ~umask)
            os.replace(file.name, path)
        except BaseException:
            os.unlink(file.name)
            raise

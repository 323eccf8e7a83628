"""`zeus-bso report`: a job in tables and pictures."""

from pathlib import Path
from types import ModuleType

import click

from zeus_bso.cli.app import App, job_id_argument, json_option
from zeus_bso.cli.exits import no_such_job
from zeus_bso.cli.progress import progress
from zeus_bso.cli.report.history import History
from zeus_bso.cli.server import PAGE_SIZE
from zeus_bso.cli.text import counted
from zeus_bso.cli.whole_file import whole_file
from zeus_bso.client import Client

_FORMATS = ("html", "png", "pdf")


def _check_format(ctx: click.Context, param: click.Parameter, path: Path) -> Path:
    if path.suffix[1:].lower() not in _FORMATS:
        names = ", ".join(f".{each}" for each in _FORMATS)
        raise click.BadParameter(f"{path} must end in one of {names}")
    return path


@click.command("report")
@job_id_argument
@click.option(
    "-o",
    "--output",
    "path",
    type=click.Path(dir_okay=False, path_type=Path),
    required=True,
    callback=_check_format,
    metavar="FILE",
    help="What to write: .html, .png or .pdf. One that exists is replaced.",
)
@json_option
@click.pass_obj
def command(app: App, job_id: str, path: Path) -> None:
    """Draws what a job cost, learned and saved.

    Pictures: the cost of each trial, what the bandit believes of each batch size (only
    for the policy ZEUS), energy against time, and all costs together beside those of the
    default. With tables as a page of its own (.html), or alone (.png, .pdf). Trials that
    are void do not count.
    """
    pages = _pages()
    with app.server.connect() as client:
        history = _fetch(client, job_id)
    with progress("Drawing", total=pages.steps(history)) as advance:
        contents = pages.render(history, path.suffix[1:].lower(), advance)
    with whole_file(path) as file:
        file.write(contents)
    num_trials = len(history.counted)
    if app.output.json:
        app.output.document({"path": str(path), "num_trials": num_trials})
    else:
        app.output.say(f"Wrote {path}, of {counted(num_trials, 'trial')}.")


def _pages() -> ModuleType:
    """What draws, imported only now: it takes a while, and needs what others do not."""
    try:
        from zeus_bso.cli.report import pages
    except ModuleNotFoundError as error:
        raise click.UsageError(f"report needs the package {error.name}") from error
    return pages


def _fetch(client: Client, job_id: str) -> History:
    trials = []
    with progress("Fetching trials") as advance:
        for trial in client.list_trials(job_id, page_size=PAGE_SIZE):
            trials.append(trial)
            advance()
    arms, job = client.get_arms(job_id), client.get_job(job_id)
    if job is None:
        raise no_such_job(job_id)
    return History(job, tuple(arms), tuple(trials))

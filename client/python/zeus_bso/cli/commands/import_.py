"""`zeus-bso import`: makes a job of an exported file."""

import json
from typing import Any

import click

from zeus_bso.cli.app import App, json_option
from zeus_bso.cli.as_json import as_json
from zeus_bso.cli.input_file import file_argument, read_input
from zeus_bso.cli.text import counted


@click.command("import")
@file_argument
@json_option
@click.pass_obj
def command(app: App, path: str) -> None:
    """Makes a job of what `export` wrote; - is standard input.

    It goes on exactly where it was. The job that was exported stays where it is: delete
    it there, once its trainers call the new server.
    """
    try:
        records = _read(path)
    except (OSError, ValueError) as error:
        raise click.BadParameter(str(error), param_hint="FILE") from error
    with app.server.connect() as client:
        try:
            job = client.import_job(records)
        except ValueError as error:
            raise click.BadParameter(str(error), param_hint="FILE") from error
    if app.output.json:
        app.output.document(as_json(job))
    else:
        app.output.say(
            f"Imported {job.spec.job_id}, {counted(_count(records), 'trial')}."
        )


def _read(path: str) -> list[dict[str, Any]]:
    records = []
    for number, line in enumerate(read_input(path).splitlines(), 1):
        try:
            record = json.loads(line)
        except (json.JSONDecodeError, UnicodeDecodeError) as error:
            raise ValueError(f"line {number}: not JSON: {error}") from error
        if not isinstance(record, dict):
            raise ValueError(f"line {number}: not a JSON object")
        records.append(record)
    return records


def _count(records: list[dict[str, Any]]) -> int:
    return sum("trial" in record for record in records)

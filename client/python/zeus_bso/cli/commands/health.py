"""`zeus-bso health`: whether the server serves."""

import click

from zeus_bso.cli.app import App, json_option
from zeus_bso.cli.exits import ExitCode
from zeus_bso.cli.health_check import SERVING, check_health


@click.command("health")
@json_option
@click.pass_obj
def command(app: App) -> ExitCode:
    """Says whether the server serves.

    SERVING; or NOT_SERVING, and exit code 1, while it stops.
    """
    status = check_health(app.server)
    if app.output.json:
        app.output.document({"status": status})
    else:
        app.output.say(status)
    return ExitCode.OK if status == SERVING else ExitCode.REFUSED

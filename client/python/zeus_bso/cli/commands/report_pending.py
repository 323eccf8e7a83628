"""`zeus-bso report-pending`: sends the last reports that did not reach their server."""

import click

from zeus_bso.report_pending import report_pending


@click.command("report-pending")
def command() -> int:
    """Sends the last reports of trainings that did not reach their servers.

    They lie in ZEUS_BSO_PENDING_DIR, by default ~/.local/state/zeus-bso/pending. Each
    names its server; tokens and TLS are taken from variables.

    \b
    Exit codes: 0 all were sent, 1 some were refused (and renamed), 3 some remain.
    """
    return report_pending(click.echo)

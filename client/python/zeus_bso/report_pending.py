"""`python -m zeus_bso.report_pending`: sends the last reports of trainings that did not
reach their server (see zeus_bso.pending).

The variables ZEUS_BSO_TOKEN, ZEUS_BSO_TOKEN_FILE and ZEUS_BSO_TLS... say how to call it.
"""

import sys
from typing import Callable

from zeus_bso import environment, pending
from zeus_bso.pending import Sent
from zeus_bso.retry import RetryPolicy

ALL_SENT, SOME_REFUSED, SOME_REMAIN = 0, 1, 3

# Those of the next start try again.
_RETRY = RetryPolicy(total=5.0)


def report_pending(say: Callable[[str], None]) -> int:
    """Sends all of them to their servers; returns the exit status.

    Args:
        say: Is given a line for each report.
    """
    outcomes: list[Sent] = []
    for server in sorted({each.server for each in pending.read_all().values()}):
        try:
            client = environment.open_client(server, _RETRY)
        except (OSError, ValueError) as error:
            say(f"{server}: {error}")
            outcomes.append(Sent.KEPT)
            continue
        with client:
            for path, outcome in pending.send_all(client).items():
                say(f"{server}: {path.name}: {outcome.name.lower()}")
                outcomes.append(outcome)
    if Sent.KEPT in outcomes:
        return SOME_REMAIN
    return SOME_REFUSED if Sent.REFUSED in outcomes else ALL_SENT


if __name__ == "__main__":
    sys.exit(report_pending(print))

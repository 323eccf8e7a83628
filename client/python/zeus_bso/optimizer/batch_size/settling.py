"""The last report of a training that ended while its server was away."""

import dataclasses

from zeus_bso import pending
from zeus_bso.client import Client
from zeus_bso.errors import CallError
from zeus_bso.optimizer.batch_size.outage import Reports
from zeus_bso.trial import TrialRun
from zeus_bso.types import Verdict


def settle(
    reports: Reports, run: TrialRun, client: Client, within: float
) -> Verdict | None:
    """Sends it until it arrives; a file keeps it meanwhile. None: the file still does.

    Args:
        reports: Those of the trial; the last one is unsettled.
        run: The trial. It is left running unless the server answers.
        client: Of the trial.
        within: How long that may take, in seconds.

    Raises:
        CallError: The server refused it.
    """
    assert reports.unsettled is not None
    call = run.report_call(**dataclasses.asdict(reports.unsettled))
    path = pending.write(pending.PendingReport(client.target, call.request))
    answered = False
    try:
        verdict = reports.settle(within)
        answered = verdict is not None
        return verdict
    except CallError:
        answered = True
        raise
    finally:
        if not answered:
            run.leave_running()
        elif path is not None:
            path.unlink(missing_ok=True)

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
        run: The trial. It is left running without a verdict.
        client: Of the trial.
        within: How long that may take, in seconds.

    Raises:
        CallError: The server refused it.
    """
    assert reports.unsettled is not None
    call = run.report_call(**dataclasses.asdict(reports.unsettled))
    path = pending.write(pending.PendingReport(client._server, call.request))
    verdict, refused = None, False
    try:
        verdict = reports.settle(within)
    except CallError:
        refused = True
        raise
    finally:
        if verdict is None:
            run.leave_running()
        if path is not None and (refused or verdict is not None):
            path.unlink(missing_ok=True)
    return verdict

"""The reports of a training, whose server may be away: the training goes on without it."""

import logging
import time
from dataclasses import dataclass
from typing import Callable

import grpc

from zeus_bso.errors import CallError, TrialFailedError
from zeus_bso.pending import PASSING
from zeus_bso.types import JobSpec, TrialProgress, Verdict

_LOG = logging.getLogger(__name__)

# How long a report may take once one has failed, in seconds.
_PATIENCE = 2.0

# Between two attempts to send the last report, in seconds, besides those of the client.
_PAUSE = 0.2

# As the server has it: relative to the target. A float32 has about seven digits.
_TOLERANCE = 1e-6


@dataclass(frozen=True)
class Report:
    """After an epoch; time and energy are of the run so far, in this process."""

    metric: float
    epoch: int
    time_seconds: float
    energy_joules: float


class Reports:
    """Sends the reports of one training, in their order. Not safe for threads."""

    def __init__(
        self,
        job: JobSpec,
        resumed_from: TrialProgress | None,
        send: Callable[[Report, float | None], Verdict],
    ) -> None:
        """
        Args:
            job: As registered.
            resumed_from: As TrialRun has it; the reports count epochs from 1 again, but
                for count_on.
            send: Sends a report, with a timeout in seconds; None: the client's own.
                Raises CallError.
        """
        self._job = job
        self._epochs_before = resumed_from.epochs if resumed_from is not None else 0
        self._send = send
        self._away = False
        self.unsettled: Report | None = None
        """The last one, if it ended the training and the server does not know of it."""

    def count_on(self) -> None:
        """The reports go on counting epochs."""
        self._epochs_before = 0

    def add(self, report: Report) -> Verdict:
        """The verdict of the server, or where it is away that of this process.

        Raises:
            CallError: The server refused the report, or knows no such running trial.
        """
        try:
            verdict = self._send(report, _PATIENCE if self._away else None)
        except CallError as error:
            if not passes(error):
                raise
            if not self._away:
                _LOG.warning(
                    "training goes on without an answer of the server: %s", error
                )
            self._away = True
            return self._own_verdict(report)
        if self._away:
            _LOG.info("the server takes reports again")
        self._away = False
        return verdict

    def settle(self, within: float) -> Verdict | None:
        """Sends what is unsettled. None: it still is.

        Args:
            within: How long it may take, in seconds.

        Raises:
            CallError: As add.
        """
        assert self.unsettled is not None
        end = time.monotonic() + within
        while True:
            try:
                verdict = self._send(self.unsettled, max(end - time.monotonic(), 0.1))
            except CallError as error:
                if not passes(error):
                    raise
                if time.monotonic() + _PAUSE >= end:
                    _LOG.error("the last report was not sent: %s", error)
                    return None
            else:
                self.unsettled = None
                return verdict
            time.sleep(_PAUSE)

    def _own_verdict(self, report: Report) -> Verdict:
        """Stops at the target or at max_epochs. Only the server knows the cost limit."""
        converged = _reaches_target(self._job, report.metric)
        epochs = self._epochs_before + report.epoch
        if not converged and epochs < self._job.max_epochs:
            return Verdict(stop_train=False, converged=False, message="")
        self.unsettled = report
        why = "the target is reached" if converged else "max_epochs are done"
        return Verdict(stop_train=True, converged=converged, message=why)


def refuse_report(report: Report, within: float | None) -> Verdict:
    """Sends nothing, where there is no trial."""
    raise CallError(grpc.StatusCode.UNAVAILABLE, "there is no trial")


def passes(error: CallError) -> bool:
    """Whether a later call may succeed, and the training can go on."""
    if isinstance(error, TrialFailedError):
        # The server missed the trainer, and takes its last report all the same.
        return error.metadata.get("failure") == "TIMED_OUT"
    # Reports are totals, so that the next one makes up for one that failed.
    return error.code in PASSING


def _reaches_target(job: JobSpec, metric: float) -> bool:
    tolerance = _TOLERANCE * abs(job.target_metric)
    if job.higher_is_better_metric:
        return metric >= job.target_metric - tolerance
    return metric <= job.target_metric + tolerance

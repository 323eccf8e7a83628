"""A trial that ends whatever happens to its training."""

import logging
import os
import threading
from types import TracebackType
from typing import TYPE_CHECKING

from zeus_bso import trial_calls
from zeus_bso.call import Call
from zeus_bso.errors import NotFoundError, ZeusBsoError
from zeus_bso.sigterm import SigtermAsExit
from zeus_bso.trial_failure import trial_failure
from zeus_bso.trial_state import (
    TrialState,
    check_heartbeat_interval,
    default_heartbeat_interval,
    heartbeat_timeout,
)
from zeus_bso.types import StartedTrial, Trial, Verdict

if TYPE_CHECKING:
    from zeus_bso.client import Client

_LOG = logging.getLogger(__name__)

# How long the start of a trial may be asked for once more when it was interrupted, in
# seconds.
_GRACE = 5.0


class TrialRun(TrialState):
    """What Client.trial returns; made for one `with` statement.

    Entering it starts a trial, or resumes one: see resumed_from. Until it is left a
    thread sends heartbeats, so that an epoch may take longer than the job's trial_timeout,
    and the server soon misses a trainer that was killed. Leaving it ends a trial that has
    no result: as NOT_CONVERGED when the block ends without an exception, as INFEASIBLE
    after an out-of-memory error, as CANCELLED after Ctrl-C, SIGTERM or when the server
    could not be reached, else as FAILED (see zeus_bso.trial_failure). The exception goes
    on to the caller.

    In the main thread of a program without a handler of its own, SIGTERM raises
    SystemExit(143) inside of the `with` statement. A process that is killed at once
    leaves a trial that the server ends after four missed heartbeats, and after a minute
    at least.

    report may be called from any thread, one at a time.
    """

    def __init__(
        self,
        client: "Client",
        job_id: str,
        client_id: str | None,
        heartbeat_interval: float | None,
    ) -> None:
        """As Client.trial."""
        super().__init__()
        self._client = client
        self._job_id = job_id
        self._client_id = client_id
        self._interval = check_heartbeat_interval(heartbeat_interval)
        self._pid = os.getpid()
        self._heart = threading.Thread(
            target=self._beat, name="zeus-bso-heartbeat", daemon=True
        )
        self._sigterm = SigtermAsExit()

    def report(
        self,
        metric: float,
        *,
        epoch: int,
        time_seconds: float,
        energy_joules: float,
        within: float | None = None,
    ) -> Verdict:
        """Reports after an epoch; when the verdict says stop_train, the trial is over.

        Args:
            metric: After this epoch, in the unit of JobSpec.target_metric. Any number;
                NaN: the target is not reached.
            epoch: How many epochs the run has done. If the trial is resumed, of this
                process or of all of them: see resumed_from.
            time_seconds: Of the run so far, in this process.
            energy_joules: Of the run so far, in this process.
            within: How long the call may take with its retries, in seconds. None: as the
                client has it.

        Raises:
            TrialFailedError: It has ended as failed already, such as by its
                trial_timeout while the machine was suspended: stop training.
            NotFoundError: The job was deleted: stop training.
            InvalidFieldError: Such as for an energy that is not a number, or that is
                less than at an earlier epoch.
            ZeusBsoError: The call failed for another reason.
        """
        with self._noting_its_end():
            call = self.report_call(metric, epoch, time_seconds, energy_joules)
            verdict = self._client._call(call, within)
        return self._note_verdict(verdict)

    def report_call(
        self, metric: float, epoch: int, time_seconds: float, energy_joules: float
    ) -> Call[Verdict]:
        """What report sends."""
        return trial_calls.report_result(
            self.trial,
            metric=metric,
            epoch=epoch,
            time_seconds=time_seconds,
            energy_joules=energy_joules,
            base=self._base(epoch),
        )

    def leave_running(self) -> None:
        """Leaves the `with` statement without ending the trial: its result is unknown to
        the server, which ends it as TIMED_OUT and still takes its last report."""
        self._over.set()
        self._sigterm.restore()

    def __enter__(self) -> "TrialRun":
        if self._trial is not None:
            raise RuntimeError("a trial is for one `with` statement")
        if self._interval is None:
            job = self._client.get_job(self._job_id)
            self._interval = default_heartbeat_interval(job)
        call = self._client._start_call(self._job_id, self._client_id)
        try:
            self._sigterm.install()
            self._note_start(self._client._call(call))
            if self._interval:
                self._heart.start()
        except BaseException as exc:
            try:
                if self._trial is None and not isinstance(exc, ZeusBsoError):
                    self._find(call)
            finally:
                self._leave(exc)
            raise
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._leave(exc)

    def _leave(self, exc: BaseException | None) -> None:
        if os.getpid() != self._pid:
            return  # A child that was forked inside: the trial is its parent's.
        try:
            if self._trial is not None and not self._over.is_set():
                self._end(self._trial, exc)
        except (KeyboardInterrupt, SystemExit) as stop:  # Such as by a second Ctrl-C.
            self._end(self.trial, exc or stop)
            raise
        finally:
            self._over.set()
            self._sigterm.restore()

    def _find(self, call: Call[StartedTrial]) -> None:
        """After the start was interrupted: the server may have started a trial, and
        answers the same one to the same request."""
        try:
            self._note_start(self._client._call(call, within=_GRACE))
        except ZeusBsoError as error:
            _LOG.warning("a trial of %s may be running: %s", self._job_id, error)

    def _end(self, trial: Trial, exc: BaseException | None) -> None:
        try:
            # Of SIGTERM, also where it ended the program and not the `with` statement.
            failure = trial_failure(exc or self._sigterm.raised)
            self._client.end_trial(trial, failure)
        except ZeusBsoError as error:
            if exc is None:
                raise
            _LOG.warning("trial %d was not ended: %s", trial.trial_number, error)

    def _beat(self) -> None:
        """The heartbeat thread: the first heartbeat at once, then one per interval."""
        assert self._interval is not None
        within = heartbeat_timeout(self._interval)
        call = trial_calls.heartbeat(self.trial, interval=self._interval)
        while self.running:
            try:
                with self._noting_its_end():
                    self._note_heartbeat(self._client._call(call, within))
            except NotFoundError:  # The job was deleted.
                return
            except Exception as error:  # Whatever it is, the next one may succeed.
                if self.running:
                    _LOG.warning("no heartbeat: %s", error)
            self._over.wait(self._interval)

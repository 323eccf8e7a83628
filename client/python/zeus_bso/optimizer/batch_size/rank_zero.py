"""The job and the trial of a training, as rank 0 has them."""

import dataclasses
import logging

from zeus_bso import pending
from zeus_bso.client import Client
from zeus_bso.errors import CallError, DeadlineExceededError, UnavailableError
from zeus_bso.optimizer.batch_size.outage import Reports, passes, refuse_report
from zeus_bso.optimizer.batch_size.settling import settle
from zeus_bso.trial import TrialRun
from zeus_bso.types import JobSpec, TrialProgress, Verdict

_LOG = logging.getLogger("zeus_bso")

_UNREACHABLE = (UnavailableError, DeadlineExceededError)

# How long each report of an earlier training may take, in seconds.
_PENDING_PATIENCE = 2.0


class RankZero:
    """Registers the job, starts the trial, and ends it. Not safe for threads.

    Methods raise CallError where a call failed.
    """

    reports: Reports
    """Of the trial, once it is started."""

    def __init__(
        self,
        client: Client,
        *,
        warm_start: str,
        client_id: str | None,
        heartbeat_interval: float | None,
        finish_timeout: float,
        may_do_without: bool,
    ) -> None:
        """As BatchSizeOptimizer. may_do_without: a server that cannot be reached."""
        self._client = client
        self._warm_start = warm_start
        self._client_id = client_id
        self._heartbeat_interval = heartbeat_interval
        self._finish_timeout = finish_timeout
        self._may_do_without = may_do_without
        self._is_without = False
        self._run: TrialRun | None = None

    def register(self, job: JobSpec) -> JobSpec:
        """The job as the server has it."""
        try:
            registration = self._client.register_job(job, warm_start=self._warm_start)
        except _UNREACHABLE as error:
            self._do_without(job, error)
            return job
        spec = registration.job.spec
        if not job.job_id:
            _LOG.warning("pass job_id=%r to continue this job", spec.job_id)
        pending.send_all(self._client, spec.job_id, _PENDING_PATIENCE)
        return spec

    def start(self, job: JobSpec) -> tuple[int, int, TrialProgress | None]:
        """The batch size, the number of the trial, and where it resumes."""
        if not self._is_without:
            try:
                return self._start(job)
            except _UNREACHABLE as error:
                self._do_without(job, error)
        self.reports = Reports(job, None, refuse_report)
        return job.default_batch_size, 0, None

    def count_on(self) -> None:
        """The reports of the trial go on counting its epochs."""
        if self._run is not None:
            self._run.count_on()
            self.reports.count_on()

    def settle(self) -> Verdict | None:
        """Sends a last report that the server does not know, for finish_timeout. None: it
        still does not, or there is no trial."""
        run, self._run = self._run, None
        if run is None:
            return None
        verdict = settle(self.reports, run, self._client, self._finish_timeout)
        if verdict is not None:
            self._run = run
        return verdict

    def end(self, exc: BaseException | None) -> None:
        """Ends the trial, if it has no result, as trial_failure says of exc."""
        run, self._run = self._run, None
        if run is None:
            return
        try:
            run.__exit__(type(exc) if exc else None, exc, None)
        except CallError as error:
            if not passes(error):
                raise
            message = "trial %d was not ended, and will time out: %s"
            _LOG.warning(message, run.trial.trial_number, error)

    def _start(self, job: JobSpec) -> tuple[int, int, TrialProgress | None]:
        run = self._client.trial(
            job.job_id,
            client_id=self._client_id,
            heartbeat_interval=self._heartbeat_interval,
        ).__enter__()
        number = run.trial.trial_number
        message = "job %s: trial %d trains with batch size %d"
        _LOG.info(message, job.job_id, number, run.batch_size)
        self._run = run
        self.reports = Reports(
            job,
            run.resumed_from,
            lambda report, within: run.report(
                **dataclasses.asdict(report), within=within
            ),
        )
        return run.batch_size, number, run.resumed_from

    def _do_without(self, job: JobSpec, error: CallError) -> None:
        if not self._may_do_without:
            raise error
        message = "training with the default batch size %d, and without a trial: %s"
        _LOG.warning(message, job.default_batch_size, error)
        self._is_without = True

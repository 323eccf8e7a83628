"""A client of a zeus-bso-server: all that a training loop and a person need.

    with Client("127.0.0.1:50051") as client:
        client.register_job(spec)
        with client.trial(job_id) as trial:
            ...

docs/client-python.md has the whole loop.
"""

import os
import socket
import uuid
from types import TracebackType
from typing import Any, Generator, Iterator

from zeus_bso import convert
from zeus_bso.connection import Connection, Tls
from zeus_bso.events import JobEvent
from zeus_bso.retry import NOTHING_CHANGED, RetryPolicy
from zeus_bso.trial import TrialRun
from zeus_bso.types import (
    Arm,
    Job,
    JobSpec,
    Registration,
    Trial,
    TrialFailure,
    Verdict,
)
from zeus_bso.v1 import batch_size_optimizer_pb2 as api
from zeus_bso.v1 import zeus_service_pb2 as service_api
from zeus_bso.v1.batch_size_optimizer_pb2_grpc import BatchSizeOptimizerStub
from zeus_bso.v1.zeus_service_pb2_grpc import ZeusServiceStub
from zeus_bso.watch import watch


class Client:
    """One per server; safe for threads, not to be used after a fork.

    Every method raises a ZeusBsoError (zeus_bso.errors) when its call fails. Calls that
    are safe to repeat are repeated for a while when the server cannot be reached, does
    not answer in time, or lost a race: all of them but delete_job, which is repeated
    only after a lost race.
    """

    def __init__(
        self,
        target: str,
        *,
        token: str | None = None,
        tls: Tls | None = None,
        timeout: float = 10.0,
        client_id: str | None = None,
        retry: RetryPolicy = RetryPolicy(),
    ) -> None:
        """Connects to nothing yet: the first call does.

        Args:
            target: "host:port" or "unix:/path".
            token: Shown with each call, for servers with --roles. Over TCP use it with
                tls, or it can be read on the way.
            tls: None: plaintext.
            timeout: Of one attempt at a call, in seconds, greater than 0.
            client_id: Who starts trials. A client_id that has a running trial of a job
                is given that one again, so that a trainer that was killed goes on with
                its own: at one time only one trainer may use it. None: each start is
                named after host, process and a random part, and gets a new trial.
            retry: How long and how often calls are repeated.

        Raises:
            OSError: A file of tls cannot be read.
            ValueError: Only one of tls.cert and tls.key is given, or a file is empty.
        """
        self._connection = Connection(target, token, tls, timeout, retry)
        self._optimizer = BatchSizeOptimizerStub(self._connection.channel)
        self._service = ZeusServiceStub(self._connection.channel)
        self._client_id = client_id

    def close(self) -> None:
        """Calls in progress, and all to come, raise CallCancelledError."""
        self._connection.close()

    def __enter__(self) -> "Client":
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def register_job(self, spec: JobSpec) -> Registration:
        """Registers a job, or finds that it is registered already with the same spec.

        Raises:
            JobExistsError: The job_id is taken by another specification.
            TooManyJobsError: The server takes no more.
            InvalidFieldError: Fields are out of their bounds.
            TypeError, ValueError: A field is of the wrong type.
        """
        request = api.RegisterJobRequest(
            spec=convert.spec_to_proto(spec), request_id=str(uuid.uuid4())
        )
        response = self._connection.call(self._optimizer.RegisterJob, request)
        return Registration(convert.job_from_proto(response.job), response.created)

    def trial(
        self, job_id: str, *, heartbeat_interval: float | None = None
    ) -> TrialRun:
        """A trial for a `with` statement, which starts it and sees to its end.

        Args:
            job_id: The job.
            heartbeat_interval: Seconds between two heartbeats. None: a third of the
                job's trial_timeout, at most a minute; a minute where the job states
                none and the server's --default_trial_timeout counts.
        """
        return TrialRun(self, job_id, heartbeat_interval)

    def start_trial(self, job_id: str) -> Trial:
        """Starts a trial, which the caller must end: see `trial` for one that does.

        Raises:
            JobNotFoundError, NothingConvergedError, NoBatchSizeLeftError, NoArmsError,
            TooManyRunningTrialsError
        """
        request = api.StartTrialRequest(
            job_id=job_id,
            request_id=str(uuid.uuid4()),
            client_id=self._client_id or _new_client_id(),
        )
        response = self._connection.call(self._optimizer.StartTrial, request)
        return convert.trial_from_proto(response.trial)

    def report_result(
        self,
        trial: Trial,
        *,
        metric: float,
        epoch: int,
        time_seconds: float,
        energy_joules: float,
    ) -> Verdict:
        """Reports on a running trial, usually after each epoch.

        Args:
            trial: As answered by start_trial.
            metric: After the last epoch, in the unit of JobSpec.target_metric.
            epoch: How many epochs the run has done.
            time_seconds: Of the run so far.
            energy_joules: Of the run so far.

        Raises:
            JobNotFoundError, TrialNotFoundError
            TrialFailedError: It ended as failed, such as by its trial_timeout.
        """
        request = api.ReportResultRequest(
            **_names(trial),
            metric=float(metric),
            current_epoch=epoch,
            time_seconds=float(time_seconds),
            energy_joules=float(energy_joules),
        )
        response = self._connection.call(self._optimizer.ReportResult, request)
        return convert.verdict_from_proto(response)

    def heartbeat(self, trial: Trial) -> Trial:
        """Says that a trial is alive. Unless its status is DISPATCHED, stop training.

        Raises:
            JobNotFoundError, TrialNotFoundError
        """
        request = api.HeartbeatRequest(**_names(trial))
        response = self._connection.call(self._optimizer.Heartbeat, request)
        return convert.trial_from_proto(response.trial)

    def end_trial(
        self, trial: Trial, failure: TrialFailure = TrialFailure.FAILED
    ) -> Trial:
        """Ends a trial without a result; one that has ended stays as it is.

        Args:
            trial: As answered by start_trial.
            failure: FAILED, INFEASIBLE or CANCELLED.

        Raises:
            JobNotFoundError, TrialNotFoundError
        """
        request = api.EndTrialRequest(
            **_names(trial), failure=convert.failure_to_proto(failure)
        )
        response = self._connection.call(self._optimizer.EndTrial, request)
        return convert.trial_from_proto(response.trial)

    def delete_job(self, job_id: str) -> None:
        """Deletes a job with its trials and arms.

        Raises:
            JobNotFoundError: There is none.
        """
        request = api.DeleteJobRequest(job_id=job_id)
        self._connection.call(
            self._optimizer.DeleteJob, request, retried=NOTHING_CHANGED
        )

    def list_jobs(self, prefix: str = "", *, page_size: int = 0) -> Iterator[Job]:
        """All jobs whose job_id begins with prefix, by job_id (bytewise).

        Args:
            prefix: Empty: all jobs.
            page_size: How many a call fetches, at most 1000. 0: 100.
        """
        request = api.ListJobsRequest(job_id_prefix=prefix, page_size=page_size)
        for page in self._connection.pages(self._optimizer.ListJobs, request):
            yield from map(convert.job_from_proto, page.jobs)

    def list_trials(
        self, job_id: str, *, batch_size: int | None = None, page_size: int = 0
    ) -> Iterator[Trial]:
        """The trials of a job, by trial_number.

        Args:
            job_id: The job.
            batch_size: Only those of this size. None: all.
            page_size: As in list_jobs.

        Raises:
            JobNotFoundError: There is no such job, or not any more.
        """
        request = api.ListTrialsRequest(
            job_id=job_id, batch_size=batch_size, page_size=page_size
        )
        for page in self._connection.pages(self._optimizer.ListTrials, request):
            yield from map(convert.trial_from_proto, page.trials)

    def watch_job(self, job_id: str) -> Generator[JobEvent, None, None]:
        """What happens to a job, as it happens, until it is deleted.

        First its PresentState, then every change in order. Goes on where it was when
        the connection breaks; a PresentState tells when changes may have been missed.
        To stop early, leave the loop and close the iterator, or close the client.

        Raises:
            JobNotFoundError: There is no such job.
            TooManyWatchersError: The server allows no more.
        """
        return watch(self._connection, self._optimizer.WatchJob, job_id)

    def get_job(self, job_id: str) -> Job | None:
        """A job, or None where there is none."""
        request = service_api.GetJobRequest(job_id=job_id)
        response = self._connection.call(self._service.GetJob, request)
        return (
            convert.job_from_proto(response.job) if response.HasField("job") else None
        )

    def get_trial(
        self, job_id: str, batch_size: int, trial_number: int
    ) -> Trial | None:
        """A trial, or None where there is none of this number and size."""
        request = service_api.GetTrialRequest(
            job_id=job_id, batch_size=batch_size, trial_number=trial_number
        )
        response = self._connection.call(self._service.GetTrial, request)
        if not response.HasField("trial"):
            return None
        return convert.trial_from_proto(response.trial)

    def get_arms(self, job_id: str) -> list[Arm]:
        """The arms of a job, batch size ascending; none where there is no such job."""
        request = service_api.GetArmsRequest(job_id=job_id)
        response = self._connection.call(self._service.GetArms, request)
        return [convert.arm_from_proto(each) for each in response.arms]


def _names(trial: Trial) -> dict[str, Any]:
    return {
        "job_id": trial.job_id,
        "batch_size": trial.batch_size,
        "trial_number": trial.trial_number,
    }


def _new_client_id() -> str:
    return f"{socket.gethostname()[:200]}-{os.getpid()}-{uuid.uuid4().hex[:8]}"

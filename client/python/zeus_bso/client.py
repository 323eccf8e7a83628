"""A client of a zeus-bso-server: all that a training loop and a person need.

    with Client("127.0.0.1:50051") as client:
        client.register_job(spec)
        with client.trial(job_id) as trial:
            ...

docs/client-python.md has the whole loop.
"""

import time
from types import TracebackType
from typing import Any, Callable, Generator, Iterable, Mapping, Sequence, TypeVar

from zeus_bso import correction_calls, optimizer_calls, trial_calls
from zeus_bso.address import parse_address
from zeus_bso.call import Call
from zeus_bso.connection import Connection, Tls
from zeus_bso.errors import ZeusBsoError
from zeus_bso.events import JobEvent
from zeus_bso.job_transfer import JobRecord, export_job, import_job
from zeus_bso.methods import blocking, blocking_list
from zeus_bso.retry import Attempts, RetryPolicy
from zeus_bso.service_methods import ServiceMethods
from zeus_bso.session import Session
from zeus_bso.trial import TrialRun
from zeus_bso.types import Job, StartedTrial, Trial
from zeus_bso.watch import watch

_T = TypeVar("_T")


class Client(ServiceMethods):
    """One per server; safe for threads, not to be used after a fork.

    Every method raises a ZeusBsoError (zeus_bso.errors) when its call fails. Calls that
    are safe to repeat are repeated for a while when the server cannot be reached, does
    not answer in time, or lost a race. Calls that are not idempotent are retried only
    after a lost race: delete_job, create_*, get_random_choices, get_normal, and update_*
    except update_job and update_job_stage.
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
            target: "host:port", "http://host" (plaintext), "https://host" (TLS), both at
                port 50051 unless they name one, or "unix:/path".
            token: Shown with each call, for servers with --roles. Over TCP use it with
                tls, or it can be read on the way.
            tls: None: plaintext.
            timeout: Of one attempt at a call, in seconds, greater than 0.
            client_id: Who starts trials. A client_id that has a running trial of a job
                gets that one again, so that a trainer that was killed resumes its own:
                at one time only one trainer may use it. None: each start is named after
                host, process and a random part, and gets a new trial.
            retry: How long and how often calls are repeated.

        Raises:
            OSError: A file of tls cannot be read.
            AddressError: The target is none (zeus_bso.address).
            ValueError: Only one of tls.cert and tls.key is given, a file is empty, or the
                token has characters that cannot be printed.
            ForkedError: This process was forked from one that had made a client.
        """
        self._connection = Connection(target, token, tls, timeout, retry)
        self._address = parse_address(target)
        self._client_id = client_id

    @property
    def _server(self) -> str:
        """The server's name in files, the same however it is written: "host:port",
        "https://host:port", or a target of gRPC."""
        scheme = "https://" if self._address.is_https else ""
        return f"{scheme}{self._address.target}"

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

    register_job = blocking(optimizer_calls.register_job)
    profile_job = blocking(optimizer_calls.profile_job)
    explain_job = blocking(optimizer_calls.explain_job)
    update_job = blocking(correction_calls.update_job)
    void_trial = blocking(correction_calls.void_trial)
    reset_batch_size = blocking(correction_calls.reset_batch_size)

    def trial(
        self,
        job_id: str,
        *,
        client_id: str | None = None,
        heartbeat_interval: float | None = None,
    ) -> TrialRun:
        """A trial for a `with` statement, which starts it and sees to its end.

        Args:
            job_id: The job.
            client_id: Who starts the trial, as for Client. If this client_id has a
                running trial of the job, the `with` statement resumes it: see
                TrialRun.resumed_from. None: that of the client.
            heartbeat_interval: Seconds between two heartbeats, from 0.001 to 3650 days.
                The trial times out after 4 intervals without a heartbeat or a report, or
                after a minute if that is longer, but not later than its trial_timeout. 0:
                no heartbeats. None: 30 s, or a third of the trial_timeout that the job
                states if that is shorter.

        Raises:
            ValueError: heartbeat_interval is out of its bounds.
        """
        return TrialRun(self, job_id, client_id, heartbeat_interval)

    def start_trial(self, job_id: str, *, client_id: str | None = None) -> Trial:
        """Starts a trial, which the caller must end: see `trial` for one that does.

        Args:
            job_id: The job.
            client_id: As for trial.

        Raises:
            JobNotFoundError, TooManyRunningTrialsError
            NothingConvergedError, NoBatchSizeLeftError, NoArmsError: Of a job of
                Policy.ZEUS.
        """
        return self.start_or_resume(job_id, client_id=client_id).trial

    def start_or_resume(
        self, job_id: str, *, client_id: str | None = None
    ) -> StartedTrial:
        """Starts or resumes a trial, and answers what was reported of a resumed one.

        The caller states that as the base of each report_result; `trial` does so by
        itself.

        Raises:
            ZeusBsoError: As start_trial.
        """
        return self._call(self._start_call(job_id, client_id))

    report_result = blocking(trial_calls.report_result)
    heartbeat = blocking(trial_calls.heartbeat)
    end_trial = blocking(trial_calls.end_trial)
    delete_job = blocking(optimizer_calls.delete_job)
    list_jobs = blocking_list(optimizer_calls.list_jobs)
    list_trials = blocking_list(optimizer_calls.list_trials)

    def watch_job(self, job_id: str) -> Generator[JobEvent, None, None]:
        """What happens to a job, as it happens, until it is deleted.

        First its PresentState, then every change in order. Goes on where it was when
        the connection breaks; a PresentState tells when changes may have been missed.
        To stop early, leave the loop and close the iterator, or close the client.

        Raises:
            JobNotFoundError: There is no such job.
            TooManyWatchersError: The server allows no more.
        """
        return watch(self._connection, job_id)

    def export_job(self, job_id: str) -> Generator[JobRecord, None, None]:
        """A whole job as it is at one moment, record by record, for import_job.

        Records are dictionaries that json takes; the last one has "end". They are read
        as they come, and must be within --session_timeout of the server. To stop early,
        close the iterator.

        Raises:
            JobNotFoundError
            SessionTimeoutError, TooManySessionsError: Bounds of the server.
        """
        return export_job(self._connection, job_id)

    def import_job(self, records: Iterable[Mapping[str, Any]]) -> Job:
        """Makes a job of what export_job answered, all of it and in its order.

        It goes on exactly where it was: with the same seed the same decisions. Its
        running trials go on, too. The job that was exported stays where it is: delete
        it there. Not repeated.

        Raises:
            InvalidFieldError: A record is wrong, missing or at the wrong place.
            JobExistsError: The job_id is taken.
            TooManyJobsError, SessionTooLongError, SessionTimeoutError,
            TooManySessionsError: Bounds of the server.
            ValueError: A record is no JobRecord of the API.
            UnavailableError, DeadlineExceededError: Whether it took effect is unknown.
        """
        return import_job(self._connection, records)

    def session(self, *, timeout: float = 60.0, reserve: Sequence[str] = ()) -> Session:
        """A session for a `with` statement: changes that take effect together.

        Args:
            timeout: How long the session may take altogether, in seconds, greater than
                0. The server's --session_timeout is a bound of its own.
            reserve: The ids of the jobs that it looks at, at most 100, if they are so
                busy that it would lose one race after the other. Others that want to
                change them wait until the session ends, for a second at most.
        """
        return Session(self._connection, timeout, reserve)

    def transact(
        self,
        body: Callable[[Session], _T],
        *,
        timeout: float = 60.0,
        reserve: Sequence[str] = (),
    ) -> _T:
        """Runs body in a session, commits, and returns what body returned.

        When a race was lost, and when the server could not be reached before the
        commit, nothing was changed, and body is run again in a new session, as often as
        the RetryPolicy has it. So body must have no effect outside of its session.

        Args:
            body: Does not commit. An exception of its own changes nothing and goes on
                to the caller.
            timeout: As for session, of each.
            reserve: As for session.

        Raises:
            LostRaceError: Too many calls change the same job. Nothing was changed.
            UnavailableError, DeadlineExceededError: Of the commit: whether the changes
                took effect is unknown.
        """
        attempts = Attempts(self._connection.retry, timeout)
        while True:
            session = self.session(timeout=attempts.timeout, reserve=reserve)
            try:
                with session:
                    result = body(session)
                    session.commit()
                    return result
            except ZeusBsoError as error:
                backoff = attempts.backoff(error, session.retried)
                if backoff is None:
                    raise
            time.sleep(backoff)

    def _start_call(self, job_id: str, client_id: str | None) -> Call[StartedTrial]:
        return trial_calls.start_or_resume(job_id, client_id or self._client_id)

    def _call(self, call: Call[_T], within: float | None = None) -> _T:
        return self._connection.call(call, within)

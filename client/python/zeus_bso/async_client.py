"""A client for asyncio: Client, with await.

    async with AsyncClient("127.0.0.1:50051") as client:
        await client.register_job(spec)
        async with client.trial(job_id) as trial:
            ...
"""

import asyncio
from types import TracebackType
from typing import (
    Any,
    AsyncGenerator,
    AsyncIterable,
    Awaitable,
    Callable,
    Iterable,
    Mapping,
    Sequence,
    TypeVar,
)

from zeus_bso import correction_calls, optimizer_calls, trial_calls
from zeus_bso.async_connection import AsyncConnection
from zeus_bso.async_session import AsyncSession
from zeus_bso.async_trial import AsyncTrialRun
from zeus_bso.async_watch import async_watch
from zeus_bso.call import Call
from zeus_bso.connection import Tls
from zeus_bso.errors import ZeusBsoError
from zeus_bso.events import JobEvent
from zeus_bso.job_transfer import JobRecord, async_export_job, async_import_job
from zeus_bso.methods import awaiting, awaiting_list
from zeus_bso.retry import Attempts, RetryPolicy
from zeus_bso.service_methods import AsyncServiceMethods
from zeus_bso.types import Job, StartedTrial, Trial

_T = TypeVar("_T")


class AsyncClient(AsyncServiceMethods):
    """One per server and event loop; for any number of tasks, not safe for threads.

    Its methods are those of Client, with the same errors and retries. A task that is
    cancelled while it waits for one gets its asyncio.CancelledError; whether the call
    took effect is unknown then.
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
            target, token, tls, timeout, client_id, retry: As for Client.

        Raises:
            OSError, ValueError: As Client.
            RuntimeError: No event loop is running.
        """
        self._connection = AsyncConnection(target, token, tls, timeout, retry)
        self._client_id = client_id

    async def close(self) -> None:
        """Calls in progress, and all to come, raise CallCancelledError."""
        await self._connection.close()

    async def __aenter__(self) -> "AsyncClient":
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.close()

    register_job = awaiting(optimizer_calls.register_job)
    profile_job = awaiting(optimizer_calls.profile_job)
    explain_job = awaiting(optimizer_calls.explain_job)
    update_job = awaiting(correction_calls.update_job)
    void_trial = awaiting(correction_calls.void_trial)
    reset_batch_size = awaiting(correction_calls.reset_batch_size)

    def trial(
        self,
        job_id: str,
        *,
        client_id: str | None = None,
        heartbeat_interval: float | None = None,
    ) -> AsyncTrialRun:
        """As Client.trial, for an `async with` statement."""
        return AsyncTrialRun(self, job_id, client_id, heartbeat_interval)

    async def start_trial(self, job_id: str, *, client_id: str | None = None) -> Trial:
        """As Client.start_trial."""
        return (await self.start_or_resume(job_id, client_id=client_id)).trial

    async def start_or_resume(
        self, job_id: str, *, client_id: str | None = None
    ) -> StartedTrial:
        """As Client.start_or_resume."""
        call = trial_calls.start_or_resume(job_id, client_id or self._client_id)
        return await self._call(call)

    report_result = awaiting(trial_calls.report_result)
    heartbeat = awaiting(trial_calls.heartbeat)
    end_trial = awaiting(trial_calls.end_trial)
    delete_job = awaiting(optimizer_calls.delete_job)
    list_jobs = awaiting_list(optimizer_calls.list_jobs)
    list_trials = awaiting_list(optimizer_calls.list_trials)

    def watch_job(self, job_id: str) -> AsyncGenerator[JobEvent, None]:
        """As Client.watch_job, for `async for`. To stop early, aclose the iterator."""
        return async_watch(self._connection, job_id)

    def export_job(self, job_id: str) -> AsyncGenerator[JobRecord, None]:
        """As Client.export_job, for `async for`. To stop early, aclose the iterator."""
        return async_export_job(self._connection, job_id)

    async def import_job(
        self, records: Iterable[Mapping[str, Any]] | AsyncIterable[Mapping[str, Any]]
    ) -> Job:
        """As Client.import_job; also of what export_job of an AsyncClient answers."""
        return await async_import_job(self._connection, records)

    def session(
        self, *, timeout: float = 60.0, reserve: Sequence[str] = ()
    ) -> AsyncSession:
        """As Client.session, for an `async with` statement."""
        return AsyncSession(self._connection, timeout, reserve)

    async def transact(
        self,
        body: Callable[[AsyncSession], Awaitable[_T]],
        *,
        timeout: float = 60.0,
        reserve: Sequence[str] = (),
    ) -> _T:
        """As Client.transact."""
        attempts = Attempts(self._connection.retry, timeout)
        while True:
            session = self.session(timeout=attempts.timeout, reserve=reserve)
            try:
                async with session:
                    result = await body(session)
                    await session.commit()
                    return result
            except ZeusBsoError as error:
                backoff = attempts.backoff(error, session.retried)
                if backoff is None:
                    raise
            await asyncio.sleep(backoff)

    async def _call(self, call: Call[_T], within: float | None = None) -> _T:
        return await self._connection.call(call, within)

"""As trial, for asyncio."""

import asyncio
import logging
from types import TracebackType
from typing import TYPE_CHECKING, Any, Coroutine

from zeus_bso import trial_calls
from zeus_bso.errors import NotFoundError, ZeusBsoError
from zeus_bso.sigterm import SigtermAsExit
from zeus_bso.trial_failure import trial_failure
from zeus_bso.trial_state import (
    TrialState,
    check_heartbeat_interval,
    default_heartbeat_interval,
    heartbeat_timeout,
)
from zeus_bso.types import Verdict

if TYPE_CHECKING:
    from zeus_bso.async_client import AsyncClient

_LOG = logging.getLogger(__name__)

# How long the start and the end of a trial may go on when their task is cancelled
# meanwhile, in seconds.
_GRACE = 5.0


class AsyncTrialRun(TrialState):
    """What AsyncClient.trial returns; made for one `async with` statement.

    As TrialRun, with a task that sends the heartbeats: a training that keeps the event
    loop busy for longer than four heartbeat intervals belongs in a thread, as by
    asyncio.to_thread. A task that is cancelled inside ends its trial as CANCELLED. That
    is sent even when the task is cancelled again meanwhile, which can then take up to
    five seconds.

    For one task at a time; running may be looked at from any thread.
    """

    def __init__(
        self,
        client: "AsyncClient",
        job_id: str,
        client_id: str | None,
        heartbeat_interval: float | None,
    ) -> None:
        """As AsyncClient.trial."""
        super().__init__()
        self._client = client
        self._job_id = job_id
        self._client_id = client_id
        self._interval = check_heartbeat_interval(heartbeat_interval)
        self._heart: asyncio.Task[None] | None = None
        self._sigterm = SigtermAsExit()

    async def report(
        self, metric: float, *, epoch: int, time_seconds: float, energy_joules: float
    ) -> Verdict:
        """As TrialRun.report."""
        with self._noting_its_end():
            verdict = await self._client.report_result(
                self.trial,
                metric=metric,
                epoch=epoch,
                time_seconds=time_seconds,
                energy_joules=energy_joules,
                base=self._base(epoch),
            )
        return self._note_verdict(verdict)

    async def __aenter__(self) -> "AsyncTrialRun":
        if self._trial is not None:
            raise RuntimeError("a trial is for one `async with` statement")
        if self._interval is None:
            job = await self._client.get_job(self._job_id)
            self._interval = default_heartbeat_interval(job)
        try:
            self._sigterm.install()
            # Or a trial would be left that the server has started.
            await _outlast_cancel(self._start())
            if self._interval:
                self._heart = asyncio.create_task(self._beat(self._interval))
        except BaseException as exc:
            await self._leave(exc)
            raise
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self._leave(exc)

    async def _start(self) -> None:
        started = self._client.start_or_resume(self._job_id, client_id=self._client_id)
        self._note_start(await started)

    async def _leave(self, exc: BaseException | None) -> None:
        try:
            await _outlast_cancel(self._finish(exc))
        finally:
            self._over.set()
            self._sigterm.restore()

    async def _finish(self, exc: BaseException | None) -> None:
        if self._heart is not None:
            self._heart.cancel()
            await asyncio.wait([self._heart])
        if self._trial is None or not self.running:
            return
        try:
            await self._client.end_trial(self._trial, trial_failure(exc))
        except ZeusBsoError as error:
            if exc is None:
                raise
            number = self._trial.trial_number
            _LOG.warning("trial %d was not ended: %s", number, error)

    async def _beat(self, interval: float) -> None:
        """The first heartbeat at once, then one per interval."""
        within = heartbeat_timeout(interval)
        call = trial_calls.heartbeat(self.trial, interval=interval)
        while self.running:
            try:
                with self._noting_its_end():
                    self._note_heartbeat(await self._client._call(call, within))
            except NotFoundError:  # The job was deleted.
                return
            except Exception as error:  # Whatever it is, the next one may succeed.
                if self.running:
                    _LOG.warning("no heartbeat: %s", error)
            await asyncio.sleep(interval)


async def _outlast_cancel(work: Coroutine[Any, Any, None]) -> None:
    """Awaits work. A cancel is raised once it is done, or time is up.

    Raises:
        asyncio.CancelledError: This task was cancelled.
        Exception: Of the work, when this task was not cancelled.
    """
    task = asyncio.create_task(work)
    cancel: asyncio.CancelledError | None = None
    while not task.done():
        try:
            await asyncio.wait([task])  # Which does not cancel it with us.
        except asyncio.CancelledError as error:
            if cancel is None:
                asyncio.get_running_loop().call_later(_GRACE, task.cancel)
            cancel = error
    if cancel is not None:
        raise cancel from (None if task.cancelled() else task.exception())
    task.result()

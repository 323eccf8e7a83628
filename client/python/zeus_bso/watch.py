"""Watching a job over connections that break."""

import time
from typing import Generator

import grpc

from zeus_bso import convert_events
from zeus_bso.connection import Connection
from zeus_bso.errors import ZeusBsoError, from_rpc_error
from zeus_bso.events import JobDeleted, JobEvent
from zeus_bso.retry import OUTCOME_UNKNOWN, RetryPolicy
from zeus_bso.v1 import batch_size_optimizer_pb2 as api
from zeus_bso.v1.batch_size_optimizer_pb2_grpc import BatchSizeOptimizerStub

# Every stream has a deadline, or one whose server has vanished would wait for ever. In
# seconds; then it is opened again, unnoticed.
STREAM_TIMEOUT = 300.0

# A stream that lived so long, in seconds, had reached the server. Longer than connecting
# takes to fail: five seconds (connection.py) for each address of the server's name.
_CONNECTED = 60.0

# The events of one commit come right after each other. When a stream breaks within so
# many seconds of an event, some of its commit may be missing.
_SETTLED = 1.0

_AFTER_ALL_OF_A_REVISION = ("present_state", "trial_reported", "summary_changed")


def watch(connection: Connection, job_id: str) -> Generator[JobEvent, None, None]:
    """As Client.watch_job."""
    watching = Watching(job_id, connection.retry)
    while True:
        stream = connection.begin(
            BatchSizeOptimizerStub, "WatchJob", watching.request(), STREAM_TIMEOUT
        )
        try:
            for message in stream:
                event = watching.take(message)
                if event is not None:
                    yield event
                if isinstance(event, JobDeleted):
                    return
        except grpc.RpcError as rpc_error:
            error = from_rpc_error(rpc_error)
            backoff = watching.backoff(error)
            if backoff is None:
                raise error from rpc_error
            time.sleep(backoff)
        finally:
            stream.cancel()


class Watching:
    """A job that is watched: what was seen of it, and whether to connect again."""

    def __init__(self, job_id: str, policy: RetryPolicy) -> None:
        self._job_id = job_id
        self._seen = _Seen()
        self._outage = _Outage(policy)

    def request(self) -> api.WatchJobRequest:
        """For the stream that is opened now."""
        self._outage.attempt()
        return api.WatchJobRequest(job_id=self._job_id, seen=self._seen.request())

    def take(self, message: api.JobEvent) -> JobEvent | None:
        """Notes a message; None: this version of the client does not know it."""
        self._outage.end()
        self._seen.add(message)
        return convert_events.event_from_proto(message)

    def backoff(self, error: ZeusBsoError) -> float | None:
        """After a stream failed: how long to wait before the next, in seconds.

        Returns:
            None: there is no other one.
        """
        if error.code is grpc.StatusCode.DEADLINE_EXCEEDED:
            self._outage.end()  # Our own, after a long time: open it again at once.
            return 0.0
        return self._outage.backoff() if error.code in OUTCOME_UNKNOWN else None


class _Seen:
    """What WatchJobRequest.seen is to say."""

    def __init__(self) -> None:
        self._last: api.JobEvent | None = None
        self._last_time = 0.0

    def add(self, message: api.JobEvent) -> None:
        self._last = message
        self._last_time = time.monotonic()

    def request(self) -> api.SeenRevision | None:
        """None: nothing was seen."""
        if self._last is None:
            return None
        # A state is all of its revision, and a report or a summary comes after all of it.
        # Another event that has just come may not be the last of its revision: then the
        # one before is named, if there is one, and the present state answers.
        whole = (
            self._last.WhichOneof("event") in _AFTER_ALL_OF_A_REVISION
            or time.monotonic() - self._last_time > _SETTLED
        )
        revision = self._last.revision - (0 if whole else 1)
        if revision == 0:
            return None
        return api.SeenRevision(job_uid=self._last.job_uid, revision=revision)


class _Outage:
    """How long the server has been out of reach."""

    def __init__(self, policy: RetryPolicy) -> None:
        self._policy = policy
        self._start: float | None = None
        self._attempts = 0
        self._attempt_start = time.monotonic()

    def attempt(self) -> None:
        """A stream is opened now."""
        self._attempt_start = time.monotonic()

    def end(self) -> None:
        self._start = None
        self._attempts = 0

    def backoff(self) -> float | None:
        """After a stream broke: how long to wait for another. None: give up."""
        now = time.monotonic()
        if now - self._attempt_start > _CONNECTED:
            self.end()
        if self._start is None:
            self._start = now
        self._attempts += 1
        backoff = self._policy.backoff(self._attempts)
        return None if now + backoff - self._start > self._policy.total else backoff

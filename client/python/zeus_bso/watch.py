"""Watching a job over connections that break."""

import time
from typing import Any, Callable, Generator

import grpc

from zeus_bso import convert
from zeus_bso.connection import Connection
from zeus_bso.errors import from_rpc_error
from zeus_bso.events import JobDeleted, JobEvent
from zeus_bso.retry import OUTCOME_UNKNOWN, RetryPolicy
from zeus_bso.v1 import batch_size_optimizer_pb2 as api

# Every stream has a deadline, or one whose server has vanished would wait for ever. In
# seconds; then it is opened again, unnoticed.
_STREAM_TIMEOUT = 300.0

# A stream that lived so long, in seconds, had reached the server. Longer than a
# connection attempt takes to fail.
_CONNECTED = 10.0

# The events of one commit come right after each other. When a stream breaks within so
# many seconds of an event, some of its commit may be missing.
_SETTLED = 1.0


def watch(
    connection: Connection, method: Callable[..., Any], job_id: str
) -> Generator[JobEvent, None, None]:
    """As Client.watch_job. `method` is WatchJob of a stub."""
    seen = _Seen()
    outage = _Outage(connection.retry)
    while True:
        request = api.WatchJobRequest(job_id=job_id, seen=seen.request())
        stream = connection.begin(method, request, _STREAM_TIMEOUT)
        try:
            for message in stream:
                outage.end()
                seen.add(message)
                event = convert.event_from_proto(message)
                if event is not None:
                    yield event
                if isinstance(event, JobDeleted):
                    return
        except grpc.RpcError as rpc_error:
            error = from_rpc_error(rpc_error)
            if error.code is grpc.StatusCode.DEADLINE_EXCEEDED:
                outage.end()  # Our own, after a long time: open it again at once.
                continue
            if error.code not in OUTCOME_UNKNOWN or not outage.wait():
                raise error from rpc_error
        finally:
            stream.cancel()


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
        # A state is all of its revision. An event that has just come may not be: then
        # the revision before is named, and the present state answers.
        whole = (
            self._last.WhichOneof("event") == "present_state"
            or time.monotonic() - self._last_time > _SETTLED
        )
        return api.SeenRevision(
            job_uid=self._last.job_uid,
            revision=self._last.revision - (0 if whole else 1),
        )


class _Outage:
    """How long the server has been out of reach."""

    def __init__(self, policy: RetryPolicy) -> None:
        self._policy = policy
        self._start: float | None = None
        self._attempts = 0
        self._attempt_start = time.monotonic()

    def end(self) -> None:
        self._start = None
        self._attempts = 0

    def wait(self) -> bool:
        """After a stream broke: until it is time for another. False: give up."""
        now = time.monotonic()
        if now - self._attempt_start > _CONNECTED:
            self.end()
        if self._start is None:
            self._start = now
        self._attempts += 1
        backoff = self._policy.backoff(self._attempts)
        if now + backoff - self._start > self._policy.total:
            return False
        time.sleep(backoff)
        self._attempt_start = time.monotonic()
        return True

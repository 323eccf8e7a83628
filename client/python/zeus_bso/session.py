"""A transaction held open over the wire."""

from queue import SimpleQueue
from types import TracebackType
from typing import Any, Sequence, TypeVar

import grpc

from zeus_bso import service_changes
from zeus_bso.call import Call
from zeus_bso.connection import Connection
from zeus_bso.errors import from_rpc_error
from zeus_bso.methods import blocking
from zeus_bso.retry import NOTHING_CHANGED, OUTCOME_UNKNOWN
from zeus_bso.service_methods import ServiceMethods
from zeus_bso.session_messages import (
    sequence_answers,
    sequence_request,
    session_request,
    session_response,
)
from zeus_bso.v1 import zeus_service_pb2 as api
from zeus_bso.v1.zeus_service_pb2_grpc import ZeusServiceStub

_T = TypeVar("_T")


class Session(ServiceMethods):
    """What Client.session returns; made for one `with` statement.

    Its methods do what those of the client do, at one state of the store and with the
    changes of the session itself. All changes take effect together at `commit`; leaving
    the `with` statement without it changes nothing. A change needs the records that it
    is about fetched before by get_job, get_trial and get_arm, or created in the session.

    Nothing is repeated, and after a ZeusBsoError the session is over. Besides those of
    the client's methods:

        JobNotFetchedError, TrialNotFetchedError, ArmNotFetchedError: Fetch first.
        LostRaceError: Somebody else changed a job that the session has looked at.
            Nothing was changed: begin again, or let Client.transact do so.
        SessionTimeoutError: Not committed within --session_timeout of the server.
        TooManySessionsError, TooManyReservationsError, SessionTooLongError: Bounds of
            the server.
        DeadlineExceededError: The session's own timeout.

    Before the `with` statement, after it and after `commit` every method raises
    RuntimeError. Not safe for threads.
    """

    delete_job = blocking(service_changes.delete_job)

    def __init__(
        self, connection: Connection, timeout: float, reserve: Sequence[str] = ()
    ) -> None:
        """As Client.session."""
        self._connection = connection
        self._timeout = timeout
        self._reserve = tuple(reserve)
        self._requests: SimpleQueue[api.SessionRequest | None] = SimpleQueue()
        self._stream: Any = None
        self._open = False
        self.retried = OUTCOME_UNKNOWN
        """After which codes nothing was changed, and the session can be begun again."""

    def commit(self) -> None:
        """Makes all changes take effect; the session is over then.

        Raises:
            LostRaceError: Nothing was changed.
            UnavailableError, DeadlineExceededError: Whether they took effect is unknown.
        """
        self.retried = NOTHING_CHANGED
        self._exchange(api.CommitRequest())
        self._open = False

    def sequence(self, *calls: Call[Any], commit: bool = False) -> list[Any]:
        """Several calls in one round trip, one after the other.

        For those that need no answer before the next one is made:

            job, arms = session.sequence(reads.get_job("job"), reads.get_arms("job"))

        Args:
            calls: At most 100, such as service_reads and service_changes make them. The
                first that fails ends the session with its exception.
            commit: Whether to commit after them, which counts as one more call.

        Returns:
            What each call answers.

        Raises:
            As the methods of the same names, and `commit`.
        """
        if commit:
            self.retried = NOTHING_CHANGED
        response = self._exchange(sequence_request(calls, commit))
        self._open = not commit
        return sequence_answers(calls, response)

    def __enter__(self) -> "Session":
        if self._stream is not None:
            raise RuntimeError("a session is for one `with` statement")
        self._stream = self._connection.begin(
            ZeusServiceStub, "Session", iter(self._requests.get, None), self._timeout
        )
        self._open = True
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._open = False
        self._requests.put(None)
        self._stream.cancel()

    def _call(self, call: Call[_T]) -> _T:
        return call.convert(self._exchange(call.request))

    def _exchange(self, request: Any) -> Any:
        if not self._open:
            raise RuntimeError("the session is not open")
        self._requests.put(session_request(request, self._reserve))
        self._reserve = ()
        try:
            return session_response(next(self._stream))
        except grpc.RpcError as rpc_error:
            raise from_rpc_error(rpc_error) from rpc_error

"""As session, for asyncio."""

from types import TracebackType
from typing import Any, Sequence, TypeVar

import grpc

from zeus_bso import service_changes
from zeus_bso.async_connection import AsyncConnection
from zeus_bso.call import Call
from zeus_bso.errors import from_rpc_error
from zeus_bso.methods import awaiting
from zeus_bso.retry import NOTHING_CHANGED, OUTCOME_UNKNOWN
from zeus_bso.service_methods import AsyncServiceMethods
from zeus_bso.session_messages import (
    sequence_answers,
    sequence_request,
    session_request,
    session_response,
)
from zeus_bso.v1 import zeus_service_pb2 as api
from zeus_bso.v1.zeus_service_pb2_grpc import ZeusServiceStub

_T = TypeVar("_T")


class AsyncSession(AsyncServiceMethods):
    """What AsyncClient.session returns; made for one `async with` statement.

    As Session, with await. For one task at a time.
    """

    delete_job = awaiting(service_changes.delete_job)

    def __init__(
        self, connection: AsyncConnection, timeout: float, reserve: Sequence[str] = ()
    ) -> None:
        """As AsyncClient.session."""
        self._connection = connection
        self._timeout = timeout
        self._reserve = tuple(reserve)
        self._stream: Any = None
        self._open = False
        self.retried = OUTCOME_UNKNOWN
        """As Session.retried."""

    async def commit(self) -> None:
        """As Session.commit."""
        self.retried = NOTHING_CHANGED
        await self._exchange(api.CommitRequest())
        self._open = False

    async def sequence(self, *calls: Call[Any], commit: bool = False) -> list[Any]:
        """As Session.sequence."""
        if commit:
            self.retried = NOTHING_CHANGED
        response = await self._exchange(sequence_request(calls, commit))
        self._open = not commit
        return sequence_answers(calls, response)

    async def __aenter__(self) -> "AsyncSession":
        if self._stream is not None:
            raise RuntimeError("a session is for one `async with` statement")
        self._stream = self._connection.begin(
            ZeusServiceStub, "Session", None, self._timeout
        )
        self._open = True
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._open = False
        self._stream.cancel()

    async def _call(self, call: Call[_T]) -> _T:
        return call.convert(await self._exchange(call.request))

    async def _exchange(self, request: Any) -> Any:
        if not self._open:
            raise RuntimeError("the session is not open")
        try:
            message = session_request(request, self._reserve)
            self._reserve = ()
            await self._connection.write(self._stream, message)
            return session_response(await self._connection.read(self._stream))
        except grpc.RpcError as rpc_error:
            raise from_rpc_error(rpc_error) from rpc_error

"""As watch, for asyncio."""

import asyncio
from typing import AsyncGenerator

import grpc
import grpc.aio

from zeus_bso import watch
from zeus_bso.async_connection import AsyncConnection
from zeus_bso.errors import from_rpc_error
from zeus_bso.events import JobDeleted, JobEvent
from zeus_bso.v1.batch_size_optimizer_pb2_grpc import BatchSizeOptimizerStub


async def async_watch(
    connection: AsyncConnection, job_id: str
) -> AsyncGenerator[JobEvent, None]:
    """As AsyncClient.watch_job."""
    watching = watch.Watching(job_id, connection.retry)
    while True:
        stream = connection.begin(
            BatchSizeOptimizerStub, "WatchJob", watching.request(), watch.STREAM_TIMEOUT
        )
        try:
            while (message := await connection.read(stream)) is not grpc.aio.EOF:
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
            await asyncio.sleep(backoff)
        finally:
            stream.cancel()

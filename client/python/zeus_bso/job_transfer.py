"""Jobs that move from one server to another: ExportJob and ImportJob.

A record is what a line of a file holds: a zeus.bso.v1.JobRecord as protobuf's JSON, with
the names of its fields as in the API.

An export is repeated until its first record is there, an import never is.
"""

from typing import (
    Any,
    AsyncGenerator,
    AsyncIterable,
    Generator,
    Iterable,
    Mapping,
)

import grpc
from google.protobuf import json_format

from zeus_bso import convert
from zeus_bso.async_connection import AsyncConnection
from zeus_bso.connection import Connection
from zeus_bso.errors import from_rpc_error
from zeus_bso.retry import (
    OUTCOME_UNKNOWN,
    await_with_retries,
    call_with_retries,
)
from zeus_bso.types import Job
from zeus_bso.v1 import zeus_service_pb2 as api
from zeus_bso.v1.zeus_service_pb2_grpc import ZeusServiceStub

JobRecord = dict[str, Any]

# In seconds, of a whole transfer: the server's --session_timeout is shorter, unless it
# was made longer.
TRANSFER_TIMEOUT = 600.0


def export_job(connection: Connection, job_id: str) -> Generator[JobRecord, None, None]:
    """As Client.export_job."""
    request = api.ExportJobRequest(job_id=job_id)

    def begin(_: float) -> tuple[Any, Any]:
        stream = connection.begin(
            ZeusServiceStub, "ExportJob", request, TRANSFER_TIMEOUT
        )
        return stream, next(stream, None)

    stream, first = call_with_retries(
        begin,
        timeout=TRANSFER_TIMEOUT,
        policy=connection.retry,
        retried=OUTCOME_UNKNOWN,
    )
    try:
        if first is not None:
            yield _to_json(first)
        yield from map(_to_json, stream)
    except grpc.RpcError as rpc_error:
        raise from_rpc_error(rpc_error) from rpc_error
    finally:
        stream.cancel()


def import_job(connection: Connection, records: Iterable[Mapping[str, Any]]) -> Job:
    """As Client.import_job."""
    messages = _from_json(records)
    try:
        response = connection.begin(
            ZeusServiceStub, "ImportJob", iter(messages), TRANSFER_TIMEOUT
        )
    except grpc.RpcError as rpc_error:
        raise from_rpc_error(rpc_error) from rpc_error
    return convert.job_from_proto(response.job)


async def async_export_job(
    connection: AsyncConnection, job_id: str
) -> AsyncGenerator[JobRecord, None]:
    """As AsyncClient.export_job."""
    request = api.ExportJobRequest(job_id=job_id)

    async def begin(_: float) -> tuple[Any, Any]:
        stream = connection.begin(
            ZeusServiceStub, "ExportJob", request, TRANSFER_TIMEOUT
        )
        return stream, await connection.read(stream)

    stream, record = await await_with_retries(
        begin,
        timeout=TRANSFER_TIMEOUT,
        policy=connection.retry,
        retried=OUTCOME_UNKNOWN,
    )
    try:
        while record is not grpc.aio.EOF:
            yield _to_json(record)
            record = await connection.read(stream)
    except grpc.RpcError as rpc_error:
        raise from_rpc_error(rpc_error) from rpc_error
    finally:
        stream.cancel()


async def async_import_job(
    connection: AsyncConnection,
    records: Iterable[Mapping[str, Any]] | AsyncIterable[Mapping[str, Any]],
) -> Job:
    """As AsyncClient.import_job."""
    if isinstance(records, AsyncIterable):
        records = [record async for record in records]
    messages = _from_json(records)
    try:
        response = await connection.await_response(
            connection.begin(
                ZeusServiceStub, "ImportJob", iter(messages), TRANSFER_TIMEOUT
            )
        )
    except grpc.RpcError as rpc_error:
        raise from_rpc_error(rpc_error) from rpc_error
    return convert.job_from_proto(response.job)


def _to_json(record: Any) -> JobRecord:
    fields: JobRecord = json_format.MessageToDict(
        record, preserving_proto_field_name=True
    )
    return fields


def _from_json(records: Iterable[Mapping[str, Any]]) -> list[Any]:
    """All of them, before anything is sent: what is wrong then changes nothing."""
    messages = []
    for number, record in enumerate(records, 1):
        try:
            messages.append(json_format.ParseDict(record, api.JobRecord()))
        except json_format.ParseError as error:
            raise ValueError(f"record {number}: {str(error).rstrip('.')}") from error
    return messages

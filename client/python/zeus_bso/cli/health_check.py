"""Asks a server for its health, by the service grpc.health.v1.Health.

Its messages have one field each, of number 1: a string in the request and an enum in
the response. On the wire those are protobuf's StringValue and Int32Value, so that no
package with the service is needed.
"""

import grpc
from google.protobuf.wrappers_pb2 import Int32Value, StringValue

from zeus_bso.call import Call
from zeus_bso.cli.server import Server

SERVING = "SERVING"

# HealthCheckResponse.ServingStatus, by number.
_STATUSES = ("UNKNOWN", SERVING, "NOT_SERVING", "SERVICE_UNKNOWN")


def check_health(server: Server) -> str:
    """The name of a ServingStatus. Raises ZeusBsoError where the call fails."""
    connection = server.connection()
    try:
        return connection.call(Call(_HealthStub, "Check", StringValue(), _status))
    finally:
        connection.close()


class _HealthStub:
    def __init__(self, channel: grpc.Channel) -> None:
        self.Check = channel.unary_unary(
            "/grpc.health.v1.Health/Check",
            request_serializer=StringValue.SerializeToString,
            response_deserializer=Int32Value.FromString,
        )


def _status(response: Int32Value) -> str:
    number = response.value
    return _STATUSES[number] if 0 <= number < len(_STATUSES) else _STATUSES[0]

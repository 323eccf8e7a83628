"""How the methods of ZeusService travel in a session: as fields of two unions."""

from typing import Any

from zeus_bso.v1 import zeus_service_pb2 as api

_FIELDS: dict[Any, str] = {
    each.message_type: each.name
    for each in api.SessionRequest.DESCRIPTOR.oneofs_by_name["request"].fields
}


def session_request(request: Any) -> api.SessionRequest:
    """The request of a method, as a session sends it."""
    fields: dict[str, Any] = {_FIELDS[request.DESCRIPTOR]: request}
    return api.SessionRequest(**fields)


def session_response(response: api.SessionResponse) -> Any:
    """The response of a method, which a session has answered."""
    return getattr(response, str(response.WhichOneof("response")))

"""How the methods of ZeusService travel in a session: as fields of two unions."""

from typing import Any, Iterable, Sequence

from zeus_bso.call import Call
from zeus_bso.v1 import zeus_service_pb2 as api

_FIELDS: dict[Any, str] = {
    each.message_type: each.name
    for each in api.SessionRequest.DESCRIPTOR.oneofs_by_name["request"].fields
}


def session_request(request: Any, reserve: Sequence[str] = ()) -> api.SessionRequest:
    """The request of a method, as a session sends it; with what it reserves, if first."""
    fields: dict[str, Any] = {_FIELDS[request.DESCRIPTOR]: request}
    return api.SessionRequest(reserve=reserve, **fields)


def session_response(response: api.SessionResponse) -> Any:
    """The response of a method, which a session has answered."""
    return getattr(response, str(response.WhichOneof("response")))


def sequence_request(calls: Iterable[Call[Any]], commit: bool) -> api.SequenceRequest:
    """The requests of these calls, and then a commit if there is to be one."""
    requests = [session_request(each.request) for each in calls]
    if commit:
        requests.append(session_request(api.CommitRequest()))
    return api.SequenceRequest(requests=requests)


def sequence_answers(
    calls: Iterable[Call[Any]], response: api.SequenceResponse
) -> list[Any]:
    """What these calls were answered, without the answer to a commit."""
    return [
        call.convert(session_response(each))
        for call, each in zip(calls, response.responses)
    ]

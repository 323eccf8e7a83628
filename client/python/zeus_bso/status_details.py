"""What a gRPC error says beside its code and text: google.rpc.ErrorInfo and BadRequest.

The messages are described here, in a descriptor pool of their own, as Debian has no
Python package of them, and as generated modules named google.rpc would collide with
those of googleapis-common-protos where a user has that.
"""

from dataclasses import dataclass, field
from typing import Any, Mapping, Sequence

import grpc
from google.protobuf import (
    any_pb2,
    descriptor_pb2,
    descriptor_pool,
    json_format,
    message,
    message_factory,
)

_TRAILER = "grpc-status-details-bin"


@dataclass(frozen=True)
class FieldViolation:
    """One field of a request that is wrong."""

    field: str
    """Its path, such as spec.batch_sizes[2]."""

    description: str
    """What it must be, such as "must be finite"."""


@dataclass(frozen=True)
class StatusDetails:
    """Empty where the error had no such details."""

    reason: str = ""
    metadata: Mapping[str, str] = field(default_factory=dict)
    field_violations: tuple[FieldViolation, ...] = ()


def status_details(error: grpc.RpcError) -> StatusDetails:
    """The details that came with an error; those that cannot be parsed are left out."""
    for key, value in error.trailing_metadata() or ():
        if key == _TRAILER:
            try:
                return _parse(value)
            except message.DecodeError:  # Not from our server.
                return StatusDetails()
    return StatusDetails()


def _parse(serialized: bytes) -> StatusDetails:
    info, bad_request = _ErrorInfo(), _BadRequest()
    for detail in _Status.FromString(serialized).details:
        detail.Unpack(info)  # Does nothing where it is of another type.
        detail.Unpack(bad_request)
    return StatusDetails(
        reason=info.reason,
        metadata=dict(info.metadata),
        field_violations=tuple(
            FieldViolation(each.field, each.description)
            for each in bad_request.field_violations
        ),
    )


def _field(name: str, number: int, kind: str, **more: Any) -> dict[str, Any]:
    kind, type_name = ("MESSAGE", kind) if "." in kind else (kind, "")
    return {
        "name": name,
        "number": number,
        "type": f"TYPE_{kind}",
        **({"typeName": type_name} if type_name else {}),
        **more,
    }


# As in google/rpc/status.proto and google/rpc/error_details.proto of googleapis.
_REPEATED = {"label": "LABEL_REPEATED"}
_FILE: Mapping[str, Any] = {
    "name": "zeus_bso/status_details.proto",
    "package": "google.rpc",
    "dependency": ["google/protobuf/any.proto"],
    "syntax": "proto3",
    "messageType": [
        {
            "name": "Status",
            "field": [
                _field("code", 1, "INT32"),
                _field("message", 2, "STRING"),
                _field("details", 3, ".google.protobuf.Any", **_REPEATED),
            ],
        },
        {
            "name": "ErrorInfo",
            "field": [
                _field("reason", 1, "STRING"),
                _field("domain", 2, "STRING"),
                _field(
                    "metadata", 3, ".google.rpc.ErrorInfo.MetadataEntry", **_REPEATED
                ),
            ],
            "nestedType": [
                {
                    "name": "MetadataEntry",
                    "field": [_field("key", 1, "STRING"), _field("value", 2, "STRING")],
                    "options": {"mapEntry": True},
                }
            ],
        },
        {
            "name": "BadRequest",
            "field": [
                _field(
                    "field_violations",
                    1,
                    ".google.rpc.BadRequest.FieldViolation",
                    **_REPEATED,
                )
            ],
            "nestedType": [
                {
                    "name": "FieldViolation",
                    "field": [
                        _field("field", 1, "STRING"),
                        _field("description", 2, "STRING"),
                    ],
                }
            ],
        },
    ],
}


def _message_classes() -> Sequence[Any]:
    pool = descriptor_pool.DescriptorPool()
    pool.AddSerializedFile(any_pb2.DESCRIPTOR.serialized_pb)
    file = json_format.ParseDict(_FILE, descriptor_pb2.FileDescriptorProto())
    pool.AddSerializedFile(file.SerializeToString())
    names = [f"google.rpc.{each['name']}" for each in _FILE["messageType"]]
    descriptors = [pool.FindMessageTypeByName(name) for name in names]
    if hasattr(message_factory, "GetMessageClass"):  # Since protobuf 4.22.
        return [message_factory.GetMessageClass(each) for each in descriptors]
    factory = message_factory.MessageFactory(pool)
    return [factory.GetPrototype(each) for each in descriptors]


_Status, _ErrorInfo, _BadRequest = _message_classes()

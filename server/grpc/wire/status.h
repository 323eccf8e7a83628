// Our statuses on gRPC's wire.
#ifndef ZEUS_BSO_SERVER_GRPC_WIRE_STATUS_H_
#define ZEUS_BSO_SERVER_GRPC_WIRE_STATUS_H_

#include "absl/status/status.h"
#include "grpcpp/support/status.h"

namespace zeus::bso::rpc {

// The same code and message. An error carries a serialized google.rpc.Status as details (api/errors/error_details.h).
grpc::Status ToGrpcStatus(const absl::Status& status);

}  // namespace zeus::bso::rpc

#endif  // ZEUS_BSO_SERVER_GRPC_WIRE_STATUS_H_

// Errors of gRPC as absl::Status.
#ifndef ZEUS_BSO_CLIENT_CPP_SRC_STATUS_H_
#define ZEUS_BSO_CLIENT_CPP_SRC_STATUS_H_

#include "absl/status/status.h"
#include "grpcpp/support/status.h"

namespace zeus::bso::client_internal {

// With the same code and text, and each of the details of google.rpc.Status as a payload under its type URL. Details
// that cannot be parsed are left out: they are not from our server.
absl::Status FromGrpcStatus(const grpc::Status& status);

}  // namespace zeus::bso::client_internal

#endif  // ZEUS_BSO_CLIENT_CPP_SRC_STATUS_H_

// Our statuses on the wire.
#ifndef ZEUS_BSO_SERVER_RPC_STATUS_H_
#define ZEUS_BSO_SERVER_RPC_STATUS_H_

#include <string>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "grpcpp/support/status.h"

namespace zeus::bso::rpc {

// What google.protobuf.Any names a message by. A status payload under such a name travels as a detail.
template <typename Message>
std::string TypeUrl() {
  return absl::StrCat("type.googleapis.com/", Message::descriptor()->full_name());
}

// The same code and message. An error carries a google.rpc.Status as details, with one google.rpc.ErrorInfo of domain
// "zeus.bso" (reason and metadata, model/error.h) and the payloads that are to travel.
grpc::Status ToGrpcStatus(const absl::Status& status);

}  // namespace zeus::bso::rpc

#endif  // ZEUS_BSO_SERVER_RPC_STATUS_H_

#include "server/grpc/wire/status.h"

#include <string>

#include "server/api/errors/error_details.h"

namespace zeus::bso::rpc {

grpc::Status ToGrpcStatus(const absl::Status& status) {
  if (status.ok()) return grpc::Status::OK;
  return {static_cast<grpc::StatusCode>(status.code()), std::string(status.message()),
          api::ToRpcStatus(status).SerializeAsString()};
}

}  // namespace zeus::bso::rpc

#include "client/cpp/src/status.h"

#include <string>

#include "absl/strings/cord.h"
#include "client/cpp/src/wire_fields.h"

namespace zeus::bso::client_internal {
namespace {

// Of google.rpc.Status, and of the google.protobuf.Any that it has.
constexpr int kDetails = 3;
constexpr int kTypeUrl = 1;
constexpr int kValue = 2;

}  // namespace

absl::Status FromGrpcStatus(const grpc::Status& status) {
  absl::Status result(static_cast<absl::StatusCode>(status.error_code()), status.error_message());
  if (result.ok()) return result;
  for (const std::string& detail : WireFields(status.error_details(), kDetails)) {
    result.SetPayload(WireField(detail, kTypeUrl), absl::Cord(WireField(detail, kValue)));
  }
  return result;
}

}  // namespace zeus::bso::client_internal

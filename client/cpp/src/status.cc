#include "client/cpp/src/status.h"

#include <string>

#include "absl/strings/cord.h"
#include "client/cpp/src/unreachable.h"
#include "client/cpp/src/wire_fields.h"

namespace zeus::bso::client_internal {
namespace {

// Of google.rpc.Status, and of the google.protobuf.Any that it has.
constexpr int kDetails = 3;
constexpr int kTypeUrl = 1;
constexpr int kValue = 2;

}  // namespace

absl::Status FromGrpcStatus(const grpc::Status& status) {
  // Errors of servers have details.
  const bool is_unreachable = status.error_code() == grpc::StatusCode::UNAVAILABLE && status.error_details().empty();
  absl::Status result(static_cast<absl::StatusCode>(status.error_code()),
                      is_unreachable ? ExplainUnreachable(status.error_message()) : status.error_message());
  if (result.ok()) return result;
  for (const std::string& detail : WireFields(status.error_details(), kDetails)) {
    result.SetPayload(WireField(detail, kTypeUrl), absl::Cord(WireField(detail, kValue)));
  }
  return result;
}

}  // namespace zeus::bso::client_internal

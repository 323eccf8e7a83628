#include "server/http/health/grpc_health.h"

#include <cstddef>
#include <cstdint>

#include "absl/strings/str_cat.h"
#include "health/v1/health.pb.h"

namespace zeus::bso::http::health {
namespace {

constexpr size_t kPrefixBytes = 5;

uint32_t FromBigEndian(absl::string_view bytes) {
  uint32_t number = 0;
  for (const char byte : bytes) number = number << 8 | static_cast<uint8_t>(byte);
  return number;
}

}  // namespace

absl::StatusOr<std::string> ReadRequest(absl::string_view framed) {
  if (framed.size() < kPrefixBytes) return absl::InternalError("the call has no message");
  if (framed[0] != '\0') return absl::UnimplementedError("compressed messages are not read");
  const absl::string_view message = framed.substr(kPrefixBytes);
  if (FromBigEndian(framed.substr(1, 4)) != message.size()) return absl::InternalError("the call has not one message");
  grpc::health::v1::HealthCheckRequest request;
  if (!request.ParseFromArray(message.data(), static_cast<int>(message.size()))) {
    return absl::InternalError("the message is no HealthCheckRequest");
  }
  return request.service();
}

std::string WriteResponse(std::optional<bool> is_serving) {
  using grpc::health::v1::HealthCheckResponse;
  HealthCheckResponse response;
  response.set_status(!is_serving.has_value() ? HealthCheckResponse::SERVICE_UNKNOWN
                      : *is_serving           ? HealthCheckResponse::SERVING
                                              : HealthCheckResponse::NOT_SERVING);
  const std::string message = response.SerializeAsString();
  // A message of an enum is shorter than 256 bytes.
  return absl::StrCat(std::string(kPrefixBytes - 1, '\0'), std::string(1, static_cast<char>(message.size())), message);
}

}  // namespace zeus::bso::http::health

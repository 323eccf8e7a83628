// The messages of grpc.health.v1 in gRPC's framing: a byte that says whether the message is compressed, its length in
// four bytes, big-endian, and the message.
#ifndef ZEUS_BSO_SERVER_HTTP_HEALTH_GRPC_HEALTH_H_
#define ZEUS_BSO_SERVER_HTTP_HEALTH_GRPC_HEALTH_H_

#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace zeus::bso::http::health {

inline constexpr absl::string_view kCheckPath = "/grpc.health.v1.Health/Check";
inline constexpr absl::string_view kWatchPath = "/grpc.health.v1.Health/Watch";

// The service that a request asks for. UNIMPLEMENTED: the message is compressed. INTERNAL: it is not exactly one
// message of the right type. These are gRPC's codes for that.
absl::StatusOr<std::string> ReadRequest(absl::string_view framed);

// A response that says this; nothing: that the service is not known.
std::string WriteResponse(std::optional<bool> is_serving);

}  // namespace zeus::bso::http::health

#endif  // ZEUS_BSO_SERVER_HTTP_HEALTH_GRPC_HEALTH_H_

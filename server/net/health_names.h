// The names that grpc.health.v1 knows on every address, and what each of them says.
#ifndef ZEUS_BSO_SERVER_NET_HEALTH_NAMES_H_
#define ZEUS_BSO_SERVER_NET_HEALTH_NAMES_H_

#include <algorithm>
#include <array>
#include <optional>

#include "absl/strings/string_view.h"

namespace zeus::bso::net {

// Serving as long as the process answers at all.
inline constexpr absl::string_view kLivenessName = "liveness";

// Serving as long as requests are answered. The first one stands for the server as a whole.
inline constexpr std::array<absl::string_view, 4> kReadinessNames = {"", "readiness", "zeus.bso.v1.BatchSizeOptimizer",
                                                                     "zeus.bso.v1.ZeusService"};

// Nothing: nobody has this name.
inline std::optional<bool> IsServing(absl::string_view name, bool is_ready) {
  if (name == kLivenessName) return true;
  if (std::find(kReadinessNames.begin(), kReadinessNames.end(), name) != kReadinessNames.end()) return is_ready;
  return std::nullopt;
}

}  // namespace zeus::bso::net

#endif  // ZEUS_BSO_SERVER_NET_HEALTH_NAMES_H_

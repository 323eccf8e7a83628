// Bounds of what clients control, as the protos state them.
#ifndef ZEUS_BSO_SERVER_RPC_BOUNDS_H_
#define ZEUS_BSO_SERVER_RPC_BOUNDS_H_

#include <cstddef>
#include <cstdint>
#include <limits>

#include "absl/time/time.h"

namespace zeus::bso::rpc {

inline constexpr size_t kMaxJobIdBytes = 256;
inline constexpr size_t kMaxJobIdPrefixBytes = 247;  // Leaves room for "-" and eight digits.
inline constexpr size_t kMaxGpuModelBytes = 256;
inline constexpr size_t kMaxClientIdBytes = 256;
inline constexpr absl::Duration kMinTrialTimeout = absl::Milliseconds(1);  // But for 0.
inline constexpr absl::Duration kMaxTrialTimeout = absl::Hours(24 * 3650);
inline constexpr int kMaxBatchSizes = 1024;
inline constexpr int64_t kMaxBatchSize = int64_t{1} << 40;
inline constexpr int64_t kMaxPruningRounds = 1024;
inline constexpr int64_t kMaxCount = std::numeric_limits<int64_t>::max();

// Time, energy and power are at most kMaxQuantity, so that a cost is at most about 1e100 and its square, which a
// variance is made of, is finite.
inline constexpr double kMaxQuantity = 1e50;
inline constexpr double kMaxCost = 1e100;

inline constexpr int32_t kDefaultPageSize = 100;
inline constexpr int32_t kMaxPageSize = 1000;

// How many trials a ListTrials call looks at, at most.
inline constexpr int kMaxTrialsLookedAt = 10'000;

}  // namespace zeus::bso::rpc

#endif  // ZEUS_BSO_SERVER_RPC_BOUNDS_H_

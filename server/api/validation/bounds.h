// Bounds of requests, as the protos state them.
#ifndef ZEUS_BSO_SERVER_API_VALIDATION_BOUNDS_H_
#define ZEUS_BSO_SERVER_API_VALIDATION_BOUNDS_H_

#include <cstddef>
#include <cstdint>
#include <limits>

#include "absl/time/time.h"

namespace zeus::bso::api {

inline constexpr size_t kMaxJobIdBytes = 256;
inline constexpr size_t kMaxJobIdPrefixBytes = 247;  // Leaves room for "-" and eight digits.
inline constexpr size_t kMaxGpuModelBytes = 256;
inline constexpr size_t kMaxClientIdBytes = 256;
inline constexpr size_t kMaxReasonBytes = 1024;
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

// Of the cost of an epoch that was timed beforehand.
inline constexpr double kMinRelativeError = 0.001;
inline constexpr double kMaxRelativeError = 1;

inline constexpr int32_t kDefaultPageSize = 100;
inline constexpr int32_t kMaxPageSize = 1000;

// How many trials a ListTrials call looks at, at most.
inline constexpr int kMaxTrialsLookedAt = 10'000;

// What a session reserves, and for how long.
inline constexpr int kMaxReservedJobs = 100;
inline constexpr absl::Duration kReservationTime = absl::Seconds(1);

// Requests of a session that go together, and their answers, which are in memory together: what gRPC's clients take.
inline constexpr int kMaxSequence = 100;
inline constexpr size_t kMaxSequenceAnswerBytes = 4 << 20;

// The records of an import, which is written in parts, and how many imports there may be at a time.
inline constexpr int kMaxImportedRecords = 10'000'000;
inline constexpr int kMaxImports = 2;

}  // namespace zeus::bso::api

#endif  // ZEUS_BSO_SERVER_API_VALIDATION_BOUNDS_H_

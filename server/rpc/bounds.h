// Bounds of what clients control: of requests, as the protos state them, and of the connection.
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

// Of the cost of an epoch that was timed beforehand.
inline constexpr double kMinRelativeError = 0.001;
inline constexpr double kMaxRelativeError = 1;

inline constexpr int32_t kDefaultPageSize = 100;
inline constexpr int32_t kMaxPageSize = 1000;

// How many trials a ListTrials call looks at, at most.
inline constexpr int kMaxTrialsLookedAt = 10'000;

// Requests of a session that go together, and their answers, which are in memory together: what gRPC's clients take.
inline constexpr int kMaxSequence = 100;
inline constexpr size_t kMaxSequenceAnswerBytes = 4 << 20;

// The records of an import, which is written in parts, and how many imports there may be at a time.
inline constexpr int kMaxImportedRecords = 10'000'000;
inline constexpr int kMaxImports = 2;

// A request. The largest that can be right, CreateArms with an arm for each batch size, takes a third of it.
inline constexpr int kMaxRequestBytes = 1 << 20;

// The metadata of a call: names, values, and 32 bytes for each.
inline constexpr int kMaxMetadataBytes = 8 << 10;

// Connections and the files opened before them. An idle connection takes about 25 KiB.
inline constexpr int kMaxConnectionDescriptors = 16'384;

// Server reflection, which is gRPC's own, takes a thread for each call in progress. With as many, more are refused.
inline constexpr int kMaxReflectionThreads = 16;

// From the connection to the end of its handshakes, TLS and HTTP/2.
inline constexpr int kHandshakeTimeoutMs = 10'000;

}  // namespace zeus::bso::rpc

#endif  // ZEUS_BSO_SERVER_RPC_BOUNDS_H_

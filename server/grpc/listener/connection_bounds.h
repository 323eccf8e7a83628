// Bounds of connections and of what comes over them.
#ifndef ZEUS_BSO_SERVER_GRPC_LISTENER_CONNECTION_BOUNDS_H_
#define ZEUS_BSO_SERVER_GRPC_LISTENER_CONNECTION_BOUNDS_H_

#include <cstdint>

namespace zeus::bso::rpc {

// A request. The largest that can be right, CreateArms with an arm for each batch size, takes a third of it.
inline constexpr int kMaxRequestBytes = 1 << 20;

// The metadata of a call: names, values, and 32 bytes for each.
inline constexpr int kMaxMetadataBytes = 8 << 10;

// Calls of one peer that no handler answers, since they were reset or are of an unknown method: in a second, and at
// once after a silence.
inline constexpr double kUnansweredPerSecond = 300;
inline constexpr double kMaxUnanswered = 2000;

// Bytes of one peer that lead to no call, such as PINGs or headers that never end: in a second, and at once after a
// silence. The largest message is an eighth of the latter.
inline constexpr double kWastedBytesPerSecond = 1 << 20;
inline constexpr double kMaxWastedBytes = 8 << 20;

// The first bytes of a connection that are not counted, as handshakes lead to no call at once.
inline constexpr uint64_t kHandshakeBytes = 8 << 10;

// Server reflection, which is gRPC's own, takes a thread for each call in progress. With as many, more are refused.
inline constexpr int kMaxReflectionThreads = 16;

// From the connection to the end of its handshakes, TLS and HTTP/2.
inline constexpr int kHandshakeTimeoutMs = 10'000;

}  // namespace zeus::bso::rpc

#endif  // ZEUS_BSO_SERVER_GRPC_LISTENER_CONNECTION_BOUNDS_H_

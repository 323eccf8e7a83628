// Bounds of HTTP connections and of what comes over them.
#ifndef ZEUS_BSO_SERVER_HTTP_LISTENER_BOUNDS_H_
#define ZEUS_BSO_SERVER_HTTP_LISTENER_BOUNDS_H_

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace zeus::bso::http {

// The first line of a request with all its header fields.
inline constexpr uint32_t kMaxHeadBytes = 16 << 10;

// A body that is read whole. The largest that can be right, CreateArms with an arm for each batch size, takes less.
inline constexpr size_t kMaxBodyBytes = size_t{1} << 20;

// What an upload is read by.
inline constexpr size_t kUploadPartBytes = size_t{64} << 10;

// The bodies of all requests and responses that are in memory at a time; small ones are always taken.
inline constexpr size_t kMaxBytesInMemory = size_t{128} << 20;
inline constexpr size_t kSmallBodyBytes = size_t{16} << 10;

// Open connections. With as many, the one that has waited longest for a request is closed for the next.
inline constexpr size_t kMaxConnections = 4096;

// Open connections of one peer (below): others find room.
inline constexpr size_t kMaxConnectionsOfPeer = 2048;

// Requests that one peer may send in a second, and at once after a silence. A peer is an address, or a network of
// IPv6 addresses (/64). A thousand trainers behind one address send a request each per epoch.
inline constexpr double kRequestsPerSecond = 5000;
inline constexpr double kMaxBurst = 10'000;

// How long a connection may be without a request.
inline constexpr std::chrono::seconds kIdleTime(60);

// How long may take: the handshake of TLS; a head from its first byte to its end; a body, or a part of an upload; the
// writing of a response, or of a part of it; and what the other end still sends after a refusal.
inline constexpr std::chrono::seconds kHandshakeTime(10);
inline constexpr std::chrono::seconds kHeadTime(10);
inline constexpr std::chrono::seconds kBodyTime(30);
inline constexpr std::chrono::seconds kWriteTime(30);
inline constexpr std::chrono::seconds kLingerTime(2);

}  // namespace zeus::bso::http

#endif  // ZEUS_BSO_SERVER_HTTP_LISTENER_BOUNDS_H_

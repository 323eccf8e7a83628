// Bounds of the health listener, which are far below those of the other listeners: a probe asks little.
#ifndef ZEUS_BSO_SERVER_HTTP_HEALTH_BOUNDS_H_
#define ZEUS_BSO_SERVER_HTTP_HEALTH_BOUNDS_H_

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace zeus::bso::http::health {

// Open connections. With as many, the one whose last answer is the oldest is closed for the next.
inline constexpr size_t kMaxConnections = 256;

// Calls in progress on one HTTP/2 connection; most are streams of Watch.
inline constexpr uint32_t kMaxCalls = 16;

// The first line of a request with all its header fields, over HTTP/1.1 and HTTP/2.
inline constexpr uint32_t kMaxHeadBytes = 8 << 10;

// The message of a health check with its prefix. The longest name that is known takes less than 50.
inline constexpr size_t kMaxMessageBytes = 1 << 10;

// CONTINUATION frames of one head. None is needed for a head within the bound.
inline constexpr size_t kMaxContinuations = 4;

// HTTP/2 frames, or requests of HTTP/1.1, that one connection may send in a second, and at once after a silence. A
// health check takes about five frames. Some bytes count as one more, whatever they are: nghttp2 does not show frames
// of types that it does not know.
inline constexpr double kItemsPerSecond = 1000;
inline constexpr double kMaxItemsAtOnce = 4000;
inline constexpr double kBytesPerItem = 64;

// Likewise RST_STREAM frames: a probe that waits no more cancels its call.
inline constexpr uint64_t kResetsPerSecond = 10;
inline constexpr uint64_t kMaxResetsAtOnce = 100;

// What is read from a connection before others have their turn, and about how much is written at once.
inline constexpr size_t kReadBytes = 4 << 10;
inline constexpr size_t kWriteBytes = 16 << 10;

// How long a connection may take to its first answer, and then be without another one; those with a Watch may be silent
// for ever.
inline constexpr std::chrono::seconds kFirstAnswerTime(10);
inline constexpr std::chrono::minutes kIdleTime(5);

// How long the other end may take to read what was written, and what is still read from it after the last answer, so
// that it gets that answer.
inline constexpr std::chrono::seconds kWriteTime(10);
inline constexpr std::chrono::seconds kLingerTime(2);
inline constexpr size_t kLingerBytes = size_t{256} << 10;

}  // namespace zeus::bso::http::health

#endif  // ZEUS_BSO_SERVER_HTTP_HEALTH_BOUNDS_H_

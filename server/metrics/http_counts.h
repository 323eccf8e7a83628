// Counts HTTP requests by the part of the server that they were for, and by the class of the status.
#ifndef ZEUS_BSO_SERVER_METRICS_HTTP_COUNTS_H_
#define ZEUS_BSO_SERVER_METRICS_HTTP_COUNTS_H_

#include <array>
#include <cstddef>
#include <cstdint>

#include "absl/strings/string_view.h"
#include "server/metrics/sharded_counters.h"

namespace zeus::bso::metrics {

// What an HTTP request is for. kOther: an unknown path, or no HTTP at all.
enum class HttpKind : size_t { kConnect, kZeus, kProbe, kMetrics, kOther };

// By HttpKind.
inline constexpr std::array<absl::string_view, 5> kHttpKindNames = {"connect", "zeus", "probe", "metrics", "other"};

// Of statuses: "1xx" to "5xx".
inline constexpr std::array<absl::string_view, 5> kHttpClassNames = {"1xx", "2xx", "3xx", "4xx", "5xx"};

// Thread-safe.
class HttpCounts {
 public:
  // Counts a response. `status` is from 100 to 599.
  void Add(HttpKind kind, int status) {
    const auto status_class = static_cast<size_t>(status / 100 - 1);
    if (status_class < kHttpClassNames.size()) counters_.Add(IndexOf(static_cast<size_t>(kind), status_class), 1);
  }

  // The responses of a kind (an index of kHttpKindNames) and a class (an index of kHttpClassNames).
  int64_t Read(size_t kind, size_t status_class) const { return counters_.Sum(IndexOf(kind, status_class)); }

 private:
  static size_t IndexOf(size_t kind, size_t status_class) { return kind * kHttpClassNames.size() + status_class; }

  ShardedCounters counters_{kHttpKindNames.size() * kHttpClassNames.size()};
};

}  // namespace zeus::bso::metrics

#endif  // ZEUS_BSO_SERVER_METRICS_HTTP_COUNTS_H_

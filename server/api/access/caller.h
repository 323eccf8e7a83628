// The caller of a method, as the transport sees it.
#ifndef ZEUS_BSO_SERVER_API_ACCESS_CALLER_H_
#define ZEUS_BSO_SERVER_API_ACCESS_CALLER_H_

#include <chrono>
#include <optional>
#include <vector>

#include "absl/strings/string_view.h"
#include "server/api/access/trace_id.h"

namespace zeus::bso::api {

enum class Transport { kGrpc, kHttp };

// Lives no longer than its call. Not thread-safe.
class Caller {
 public:
  virtual ~Caller() = default;

  virtual Transport transport() const = 0;

  // When its request was there.
  virtual std::chrono::steady_clock::time_point arrival() const = 0;

  // The result may be called until the call is answered, also after the caller is gone.
  virtual TraceReader trace() const = 0;

  // Until when it waits for an answer.
  virtual std::chrono::system_clock::time_point deadline() const = 0;

  // The values of its authorization headers, as they came.
  virtual std::vector<absl::string_view> authorization() const = 0;

  // The DNS names, URIs, email addresses and common name of its certificate, which was verified. Absent: it has shown
  // no certificate.
  virtual std::optional<std::vector<absl::string_view>> certificate_names() const = 0;
};

}  // namespace zeus::bso::api

#endif  // ZEUS_BSO_SERVER_API_ACCESS_CALLER_H_

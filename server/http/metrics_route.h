// GET /metrics.
#ifndef ZEUS_BSO_SERVER_HTTP_METRICS_ROUTE_H_
#define ZEUS_BSO_SERVER_HTTP_METRICS_ROUTE_H_

#include <functional>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "server/api/backend.h"
#include "server/http/exchange/message.h"

namespace zeus::bso::http {

// Thread-safe.
class MetricsRoute {
 public:
  static constexpr absl::string_view kPath = "/metrics";

  // `page` makes what is answered; empty: there is no such route. `backend` outlives it.
  MetricsRoute(const api::Backend& backend, std::function<std::string()> page)
      : backend_(backend), page_(std::move(page)) {}

  bool Serves(absl::string_view path) const { return path == kPath && page_ != nullptr; }

  // Takes a while: not for the thread of the sockets.
  Response Answer(const Request& request) const;

 private:
  // The page is about all jobs, so the caller must be a reader of all jobs. Errors: those of api::Authorize.
  absl::Status Admit(const Request& request) const;

  const api::Backend& backend_;
  const std::function<std::string()> page_;
};

}  // namespace zeus::bso::http

#endif  // ZEUS_BSO_SERVER_HTTP_METRICS_ROUTE_H_

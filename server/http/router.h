// Which part of the server answers a request.
#ifndef ZEUS_BSO_SERVER_HTTP_ROUTER_H_
#define ZEUS_BSO_SERVER_HTTP_ROUTER_H_

#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "model/job.h"
#include "server/api/backend.h"
#include "server/api/streams/open_sessions.h"
#include "server/http/connect/connect_streams.h"
#include "server/http/connect/connect_unary.h"
#include "server/http/exchange/handler.h"
#include "server/http/exchange/workers.h"
#include "server/http/guard.h"
#include "server/http/metrics_route.h"
#include "server/http/zeus/zeus_protocol.h"
#include "server/metrics/http_counts.h"

namespace zeus::bso::http {

struct RouterOptions {
  std::vector<std::string> hosts = {};             // See Guard.
  PolicyKind zeus_policy = PolicyKind::kCurves;    // Of jobs that are registered over Zeus' protocol.
  std::function<std::string()> metrics_page = {};  // What /metrics answers. Thread-safe. Empty: there is none.
};

// The Connect protocol at /zeus.bso.v1.…, Zeus' protocol, and probes (exchange/probe.h). What /metrics answers is
// given.
class Router final : public Handler {
 public:
  // `backend` and `sessions` outlive it.
  Router(const api::Backend& backend, api::OpenSessions& sessions, const RouterOptions& options);

  std::optional<Response> Refuse(const Request& head) const override;
  bool TakesUpload(const Request& head) const override { return streams_.TakesUpload(head); }
  std::unique_ptr<Upload> BeginUpload(const Request& head, Respond respond) override {
    return streams_.BeginUpload(head, std::move(respond));
  }
  void Handle(Request request, Respond respond) override;
  void OnResponse(absl::string_view path, int status) override { counts_.Add(KindOf(path), status); }

  const metrics::HttpCounts& counts() const { return counts_; }

  // To be called before the sockets of its requests are gone: returns when no request is being worked on any more.
  void Stop() { workers_.Stop(); }

  // What /readyz says from now on; before, that the server is not ready.
  void ShowReady(bool is_ready) { is_ready_ = is_ready; }

 private:
  static metrics::HttpKind KindOf(absl::string_view path);

  const Guard guard_;
  metrics::HttpCounts counts_;
  std::atomic<bool> is_ready_ = false;
  MetricsRoute metrics_;
  ConnectUnary unary_;
  ConnectStreams streams_;
  ZeusProtocol zeus_;
  Workers workers_;  // Last: what they do uses all of the above.
};

}  // namespace zeus::bso::http

#endif  // ZEUS_BSO_SERVER_HTTP_ROUTER_H_

#include "server/http/router.h"

#include <chrono>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/string_view.h"
#include "server/http/exchange/probe.h"
#include "server/http/exchange/simple_response.h"

namespace zeus::bso::http {
namespace {

// Lists are built and JSON is printed on as many threads.
constexpr int kNumWorkers = 2;

// What gives a trial out, and so must not be sent by a browser that only follows a link.
constexpr absl::string_view kZeusGet = "/jobs/batch_size";

Response NotFound() { return MakeResponse(404, "application/json", R"({"detail":"Not Found"})"); }

}  // namespace

Router::Router(const api::Backend& backend, api::OpenSessions& sessions, const RouterOptions& options)
    : guard_(options.hosts),
      metrics_(backend, options.metrics_page),
      unary_(backend, workers_),
      streams_(backend, sessions, workers_),
      zeus_(backend, workers_, options.zeus_policy),
      workers_(kNumWorkers) {}

std::optional<Response> Router::Refuse(const Request& head) const {
  const bool changes_by_get = head.method == "GET" && absl::StartsWith(head.path, kZeusGet);
  // Reserved for the page.
  const bool is_page = head.method == "GET" && head.path == "/";
  return guard_.Refuse(head, is_page, changes_by_get);
}

void Router::Handle(Request request, Respond respond) {
  if (IsProbe(request.path)) return std::move(respond)(AnswerProbe(request.method, request.path, is_ready_));
  request.arrival = std::chrono::steady_clock::now();
  workers_.Do([this, request = std::move(request), respond = std::move(respond)]() mutable {
    if (unary_.Serves(request.path)) return unary_.Handle(request, std::move(respond));
    if (streams_.Serves(request.path)) return streams_.Handle(std::move(request), std::move(respond));
    if (ZeusProtocol::Serves(request.path)) return zeus_.Handle(request, std::move(respond));
    if (metrics_.Serves(request.path)) return std::move(respond)(metrics_.Answer(request));
    std::move(respond)(NotFound());
  });
}

metrics::HttpKind Router::KindOf(absl::string_view path) {
  using metrics::HttpKind;
  if (ConnectUnary::Serves(path) || ConnectStreams::Serves(path)) return HttpKind::kConnect;
  if (ZeusProtocol::Serves(path)) return HttpKind::kZeus;
  if (IsProbe(path)) return HttpKind::kProbe;
  return path == MetricsRoute::kPath ? HttpKind::kMetrics : HttpKind::kOther;
}

}  // namespace zeus::bso::http

// What /healthz (the process is alive) and /readyz (it answers requests) say. Needs no role and reveals nothing.
#ifndef ZEUS_BSO_SERVER_HTTP_EXCHANGE_PROBE_H_
#define ZEUS_BSO_SERVER_HTTP_EXCHANGE_PROBE_H_

#include "absl/strings/string_view.h"
#include "server/http/exchange/simple_response.h"

namespace zeus::bso::http {

inline bool IsProbe(absl::string_view path) { return path == "/healthz" || path == "/readyz"; }

// `path` is one of a probe.
inline Response AnswerProbe(absl::string_view method, absl::string_view path, bool is_ready) {
  if (method != "GET" && method != "HEAD") {
    Response response = MakeResponse(405, "text/plain", "only GET and HEAD\n");
    response.fields.Add("Allow", "GET, HEAD");
    return response;
  }
  if (path == "/healthz" || is_ready) return MakeResponse(200, "text/plain", "ok\n");
  return MakeResponse(503, "text/plain", "not ready\n");
}

}  // namespace zeus::bso::http

#endif  // ZEUS_BSO_SERVER_HTTP_EXCHANGE_PROBE_H_

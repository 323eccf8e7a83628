#include "server/http/metrics_route.h"

#include <chrono>

#include "model/error.h"
#include "model/status_macros.h"
#include "server/api/access/authorization.h"
#include "server/api/access/permissions.h"
#include "server/api/access/role.h"
#include "server/http/connect/error.h"
#include "server/http/exchange/http_caller.h"
#include "server/http/exchange/simple_response.h"

namespace zeus::bso::http {

Response MetricsRoute::Answer(const Request& request) const {
  if (request.method != "GET" && request.method != "HEAD") {
    Response response = MakeResponse(405, "text/plain", "only GET and HEAD\n");
    response.fields.Add("Allow", "GET, HEAD");
    return response;
  }
  if (const absl::Status admitted = Admit(request); !admitted.ok()) {
    return MakeResponse(HttpStatusOf(admitted.code()), "application/json", ErrorJson(admitted));
  }
  return MakeResponse(200, "text/plain; version=0.0.4; charset=utf-8", page_());
}

absl::Status MetricsRoute::Admit(const Request& request) const {
  if (backend_.roles == nullptr) return absl::OkStatus();
  const HttpCaller caller(request, std::chrono::system_clock::time_point::max());
  ZB_ASSIGN_OR_RETURN(const api::Permissions permissions,
                      api::Authorize(*backend_.roles->Current(), caller, api::Role::kReader));
  if (!permissions.VisibleJobs().has_value()) return absl::OkStatus();
  return api::Refuse(Reason::kRoleTooLow, "metrics are about all jobs: this needs a role without a limit to some jobs",
                     api::Role::kReader);
}

}  // namespace zeus::bso::http

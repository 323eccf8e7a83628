#include "server/http/zeus/route.h"

#include <algorithm>
#include <array>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/strip.h"
#include "server/http/exchange/url.h"
#include "server/http/zeus/answers.h"

namespace zeus::bso::http {
namespace {

struct Entry {
  absl::string_view method;
  absl::string_view path;
  ZeusCall call;
};

// In the order of the reference, which names the first method of a path in its answers with status 405.
constexpr std::array<Entry, 5> kRoutes = {{{"POST", "/jobs", ZeusCall::kRegister},
                                           {"DELETE", "/jobs", ZeusCall::kDelete},
                                           {"PATCH", "/trials", ZeusCall::kEndTrial},
                                           {"GET", "/jobs/batch_size", ZeusCall::kPredict},
                                           {"POST", "/report", ZeusCall::kReport}}};

const Entry* FirstOf(absl::string_view path) {
  const auto* const found =
      std::find_if(kRoutes.begin(), kRoutes.end(), [path](const Entry& entry) { return entry.path == path; });
  return found != kRoutes.end() ? found : nullptr;
}

absl::string_view WithoutTrailingSlashes(absl::string_view path) {
  while (absl::ConsumeSuffix(&path, "/")) {
  }
  return path;
}

// Redirects to one of our paths. Encodes the query again, so that no bytes of the request are echoed.
Response Redirect(absl::string_view path, absl::string_view query) {
  const std::string parameters = absl::StrJoin(ParseQuery(query), "&", [](std::string* out, const auto& parameter) {
    absl::StrAppend(out, PercentEncode(parameter.first), "=", PercentEncode(parameter.second));
  });
  Response response{.status = 307};
  response.fields.Add("Location", absl::StrCat(path, parameters.empty() ? "" : "?", parameters));
  response.fields.Add("Cache-Control", "no-store");
  return response;
}

Response NotAllowed(absl::string_view allowed, bool has_body) {
  Response response = DetailAnswer(405, "Method Not Allowed");
  response.fields.Add("Allow", allowed);
  if (!has_body) response.body.clear();
  return response;
}

}  // namespace

std::variant<ZeusCall, Response> Route(const Request& request) {
  const Entry* const first = FirstOf(request.path);
  const bool has_body = request.method != "HEAD";
  if (first == nullptr) {
    const Entry* const target = FirstOf(WithoutTrailingSlashes(request.path));
    if (target != nullptr) return Redirect(target->path, request.query);
    Response response = DetailAnswer(404, "Not Found");
    if (!has_body) response.body.clear();
    return response;
  }
  for (const Entry& entry : kRoutes) {
    if (entry.path == request.path && entry.method == request.method) return entry.call;
  }
  return NotAllowed(first->method, has_body);
}

bool IsZeusPath(absl::string_view path) { return FirstOf(WithoutTrailingSlashes(path)) != nullptr; }

}  // namespace zeus::bso::http

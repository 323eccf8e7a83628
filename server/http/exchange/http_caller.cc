#include "server/http/exchange/http_caller.h"

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

namespace zeus::bso::http {
namespace {

// "Bearer TOKEN" for "Basic base64(NAME:TOKEN)"; all else as it is.
std::string AsBearer(absl::string_view authorization) {
  constexpr absl::string_view kBasic = "basic ";
  std::string credentials;
  if (!absl::StartsWithIgnoreCase(authorization, kBasic) ||
      !absl::Base64Unescape(authorization.substr(kBasic.size()), &credentials)) {
    return std::string(authorization);
  }
  const size_t colon = credentials.find(':');
  if (colon == std::string::npos) return std::string(authorization);
  return absl::StrCat("Bearer ", credentials.substr(colon + 1));
}

}  // namespace

HttpCaller::HttpCaller(const Request& request, std::chrono::system_clock::time_point deadline)
    : request_(request), deadline_(deadline) {
  for (const absl::string_view value : request.fields.All("authorization")) authorization_.push_back(AsBearer(value));
}

api::TraceReader HttpCaller::trace() const {
  const std::vector<absl::string_view> values = request_.fields.All("traceparent");
  if (values.size() != 1) return nullptr;
  return [trace_id = api::TraceIdOf(values.front())] { return trace_id; };
}

std::vector<absl::string_view> HttpCaller::authorization() const {
  return {authorization_.begin(), authorization_.end()};
}

std::optional<std::vector<absl::string_view>> HttpCaller::certificate_names() const {
  if (request_.peer == nullptr || !request_.peer->certificate_names.has_value()) return std::nullopt;
  return std::vector<absl::string_view>(request_.peer->certificate_names->begin(),
                                        request_.peer->certificate_names->end());
}

}  // namespace zeus::bso::http

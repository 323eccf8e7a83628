#include "server/http/listener/beast_message.h"

#include <optional>
#include <string>
#include <utility>

#include "absl/strings/strip.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"

namespace zeus::bso::http {
namespace {

absl::string_view View(beast::string_view text) { return {text.data(), text.size()}; }
beast::string_view BeastView(absl::string_view text) { return {text.data(), text.size()}; }

// Leaves the path of a target such as "http://host/path", and returns the host, which counts in place of the Host
// field. Nothing: the target is a path already.
std::optional<absl::string_view> TakeAuthority(absl::string_view& target) {
  if (!absl::ConsumePrefix(&target, "http://") && !absl::ConsumePrefix(&target, "https://")) return std::nullopt;
  const absl::string_view authority = target.substr(0, target.find_first_of("/?"));
  target.remove_prefix(authority.size());
  if (target.empty()) target = "/";
  return authority;
}

}  // namespace

Request ToRequest(const beast::http::request_header<>& header) {
  Request request;
  request.method = std::string(header.method_string());
  absl::string_view target = View(header.target());
  const std::optional<absl::string_view> authority = TakeAuthority(target);
  const size_t question = target.find('?');
  request.path = std::string(target.substr(0, question));
  if (question != absl::string_view::npos) request.query = std::string(target.substr(question + 1));
  if (authority.has_value()) request.fields.Add("Host", *authority);
  for (const auto& field : header) {
    if (authority.has_value() && field.name() == beast::http::field::host) continue;
    request.fields.Add(View(field.name_string()), View(field.value()));
  }
  return request;
}

void FillHead(const Response& response, beast::http::response_header<>& header) {
  using beast::http::field;
  header.version(11);
  header.result(static_cast<unsigned>(response.status));
  header.set(field::date, absl::FormatTime("%a, %d %b %Y %H:%M:%S GMT", absl::Now(), absl::UTCTimeZone()));
  header.set("Content-Security-Policy",
             "default-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'");
  header.set("X-Content-Type-Options", "nosniff");
  header.set("Referrer-Policy", "no-referrer");
  header.set("Cross-Origin-Resource-Policy", "same-origin");
  header.set(field::cache_control, "no-store");
  for (const auto& [name, value] : response.fields) header.set(BeastView(name), BeastView(value));
}

}  // namespace zeus::bso::http

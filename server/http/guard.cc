#include "server/http/guard.h"

#include <arpa/inet.h>

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/strip.h"
#include "server/http/exchange/simple_response.h"

namespace zeus::bso::http {
namespace {

struct HostAndPort {
  std::string host;  // In lower case; of IPv6 addresses without brackets.
  std::string port;  // Empty: none is named.
};

bool CanBeInHost(char c) {
  return absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == '-' || c == '.' || c == '_' || c == ':';
}

// What a Host header names; nothing: it names no host.
std::optional<HostAndPort> Split(absl::string_view text) {
  HostAndPort names;
  size_t end = text.find(':');
  if (absl::StartsWith(text, "[")) {
    const size_t bracket = text.find(']');
    if (bracket == absl::string_view::npos) return std::nullopt;
    names.host = absl::AsciiStrToLower(text.substr(1, bracket - 1));
    end = bracket + 1;
    if (end < text.size() && text[end] != ':') return std::nullopt;
  } else {
    names.host = absl::AsciiStrToLower(absl::StripSuffix(text.substr(0, end), "."));
  }
  if (end < text.size()) names.port = std::string(text.substr(end + 1));
  if (!std::all_of(names.host.begin(), names.host.end(), CanBeInHost)) return std::nullopt;
  if (names.host.empty() || !std::all_of(names.port.begin(), names.port.end(), absl::ascii_isdigit)) {
    return std::nullopt;
  }
  return names;
}

bool IsAddress(const std::string& host) {
  in6_addr address{};
  return inet_pton(AF_INET, host.c_str(), &address) == 1 || inet_pton(AF_INET6, host.c_str(), &address) == 1;
}

// Browsers never ask a name server for these.
bool IsLoopbackName(absl::string_view host) { return host == "localhost" || absl::EndsWith(host, ".localhost"); }

bool IsOfAnotherSite(const Request& request) {
  const std::vector<absl::string_view> sites = request.fields.All("sec-fetch-site");
  return std::any_of(sites.begin(), sites.end(),
                     [](absl::string_view site) { return site != "same-origin" && site != "none"; });
}

bool IsBrowser(const Request& request) {
  const std::vector<absl::string_view> agents = request.fields.All("user-agent");
  return std::any_of(agents.begin(), agents.end(),
                     [](absl::string_view agent) { return absl::StartsWithIgnoreCase(agent, "Mozilla/"); });
}

Response Forbid(absl::string_view message) { return MakeErrorResponse(403, "permission_denied", message); }

}  // namespace

Guard::Guard(const std::vector<std::string>& hosts) {
  for (const std::string& host : hosts) {
    if (std::optional<HostAndPort> names = Split(host); names.has_value()) {
      hosts_.emplace_back(std::move(names->host), std::move(names->port));
    }
  }
}

bool Guard::IsHost(absl::string_view text) { return Split(text).has_value(); }

bool Guard::IsKnown(absl::string_view host, absl::string_view port) const {
  return std::any_of(hosts_.begin(), hosts_.end(), [&](const auto& known) {
    return known.first == host && (known.second.empty() || known.second == port);
  });
}

bool Guard::IsHostAllowed(const Request& request, absl::string_view host) const {
  if (request.peer->is_encrypted || request.peer->is_unix_socket) return true;
  const std::optional<HostAndPort> names = Split(host);
  return names.has_value() &&
         (IsAddress(names->host) || IsLoopbackName(names->host) || IsKnown(names->host, names->port));
}

bool Guard::IsOriginAllowed(const Request& request, absl::string_view host, absl::string_view origin) const {
  const size_t scheme_end = origin.find("://");
  if (scheme_end == absl::string_view::npos) return false;  // "null", among others.
  std::optional<HostAndPort> theirs = Split(origin.substr(scheme_end + 3));
  if (!theirs.has_value()) return false;
  if (IsKnown(theirs->host, theirs->port)) return true;
  std::optional<HostAndPort> ours = Split(host);
  if (!ours.has_value()) return false;
  // Browsers leave these out.
  if (theirs->port == (origin.substr(0, scheme_end) == "https" ? "443" : "80")) theirs->port.clear();
  if (ours->port == (request.peer->is_encrypted ? "443" : "80")) ours->port.clear();
  return theirs->host == ours->host && theirs->port == ours->port;
}

std::optional<Response> Guard::Refuse(const Request& request, bool is_page, bool refuses_browsers) const {
  const std::vector<absl::string_view> hosts = request.fields.All("host");
  if (hosts.size() > 1) return MakeErrorResponse(400, "invalid_argument", "a request has one Host header");
  const absl::string_view host = hosts.empty() ? absl::string_view() : hosts.front();
  // Probes over HTTP/1.0 have none, and browsers always have one.
  if (!hosts.empty() && !IsHostAllowed(request, host)) {
    return MakeErrorResponse(421, "permission_denied",
                             "this server does not know itself by the name in the Host header; use its address, or "
                             "start it with --http_hosts and that name");
  }
  if (is_page) return std::nullopt;
  for (const absl::string_view origin : request.fields.All("origin")) {
    if (!IsOriginAllowed(request, host, origin)) {
      return Forbid("the Origin is not this server's, by the Host of the request or by --http_hosts");
    }
  }
  if (IsOfAnotherSite(request)) return Forbid("pages of other sites may not call this server");
  if (refuses_browsers && IsBrowser(request)) {
    return Forbid("this request changes something; a browser may not send it");
  }
  return std::nullopt;
}

}  // namespace zeus::bso::http

#include "client/cpp/src/address.h"

#include <algorithm>
#include <optional>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"

namespace zeus::bso::client_internal {
namespace {

constexpr int kDefaultPort = 50051;  // Of gRPC.
constexpr int kMaxPort = 65535;

absl::Status Refuse(absl::string_view text, absl::string_view why) {
  return absl::InvalidArgumentError(absl::StrCat("target '", text, "'", why));
}

bool CanBeInHost(char c) { return absl::ascii_isgraph(static_cast<unsigned char>(c)) && c != '[' && c != ']'; }

// The host, with the brackets of an IPv6 address, and the port, if there is one.
struct HostAndPort {
  absl::string_view host;
  std::optional<absl::string_view> port;
};

std::optional<HostAndPort> Split(absl::string_view text) {
  const bool has_brackets = absl::StartsWith(text, "[");
  const size_t end = has_brackets ? text.find(']') : text.find(':');
  if (has_brackets && end == absl::string_view::npos) return std::nullopt;
  HostAndPort parts{.host = text.substr(0, has_brackets ? end + 1 : end)};
  absl::string_view rest = text.substr(parts.host.size());
  if (absl::ConsumePrefix(&rest, ":")) {
    parts.port = rest;
  } else if (!rest.empty()) {
    return std::nullopt;
  }
  const absl::string_view name = has_brackets ? parts.host.substr(1, end - 1) : parts.host;
  if (name.empty() || !std::all_of(name.begin(), name.end(), CanBeInHost)) return std::nullopt;
  return parts;
}

bool IsPort(absl::string_view text) {
  int port = 0;
  return !text.empty() && std::all_of(text.begin(), text.end(), absl::ascii_isdigit) && absl::SimpleAtoi(text, &port) &&
         port >= 1 && port <= kMaxPort;
}

// `text`: the whole address, for what is said about it.
absl::StatusOr<std::string> ReadHostAndPort(absl::string_view text, absl::string_view rest, bool needs_port) {
  absl::ConsumeSuffix(&rest, "/");
  if (rest.find_first_of("/?#") != absl::string_view::npos) return Refuse(text, ": an address of gRPC has no path");
  if (absl::StrContains(rest, "@")) return Refuse(text, ": a token is given by itself, not in the address");
  const std::optional<HostAndPort> parts = Split(rest);
  const bool is_bare_v6 = !absl::StartsWith(rest, "[") && std::count(rest.begin(), rest.end(), ':') > 1;
  if (!parts.has_value() || is_bare_v6) {
    return Refuse(text,
                  absl::StrCat(" is no address of a server", is_bare_v6 ? "; an IPv6 address is in brackets" : ""));
  }
  if (!parts->port.has_value() && needs_port) {
    return Refuse(text, absl::StrCat(" names no port: the server's is ", kDefaultPort, " by default, as in ",
                                     parts->host, ":", kDefaultPort));
  }
  if (parts->port.has_value() && !IsPort(*parts->port)) {
    return Refuse(text, absl::StrCat(": a port is a number from 1 to ", kMaxPort));
  }
  return absl::StrCat(parts->host, ":", parts->port.value_or(absl::StrCat(kDefaultPort)));
}

}  // namespace

bool Address::IsLocal() const {
  if (absl::StartsWith(target, "unix")) return true;
  const absl::string_view host = absl::string_view(target).substr(0, target.rfind(':'));
  const bool is_v4 = std::all_of(host.begin(), host.end(), [](char c) { return absl::ascii_isdigit(c) || c == '.'; });
  return host == "localhost" || host == "[::1]" || (is_v4 && absl::StartsWith(host, "127."));
}

absl::StatusOr<Address> ParseAddress(absl::string_view text) {
  for (const absl::string_view scheme : {"unix:", "unix-abstract:"}) {
    if (absl::StartsWith(text, scheme)) return Address{.target = std::string(text)};
  }
  for (const absl::string_view scheme : {"dns:", "ipv4:", "ipv6:", "xds:"}) {
    if (absl::StartsWith(text, scheme)) return Address{.target = std::string(absl::StripSuffix(text, "/"))};
  }
  const bool is_https = absl::StartsWithIgnoreCase(text, "https://");
  const bool is_url = is_https || absl::StartsWithIgnoreCase(text, "http://");
  const absl::string_view rest = is_url ? text.substr(text.find("://") + 3) : text;
  if (absl::StrContains(rest, "://")) return Refuse(text, " is no address of a server: its scheme is unknown");
  absl::StatusOr<std::string> target = ReadHostAndPort(text, rest, /*needs_port=*/!is_url);
  if (!target.ok()) return target.status();
  return Address{.target = *std::move(target), .is_https = is_https};
}

}  // namespace zeus::bso::client_internal

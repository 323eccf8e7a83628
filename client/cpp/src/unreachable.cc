#include "client/cpp/src/unreachable.h"

#include <regex>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

namespace zeus::bso::client_internal {

std::string ExplainUnreachable(absl::string_view message) {
  static const auto* const kNoHost = new std::regex(R"(DNS resolution failed for (\S+?): )");
  static const auto* const kLastError =
      new std::regex(R"(last error: \w+: (?:ipv4|ipv6|unix):(.+?): (?:Failed to connect to remote host: )?(.+))");
  std::string text(message);
  std::smatch match;
  if (std::regex_search(text, match, *kNoHost)) {
    return absl::StrCat("cannot reach the server at ", match[1].str(), " (there is no such host)");
  }
  if (!std::regex_search(text, match, *kLastError)) return text;
  std::string cause = match[2].str();
  if (absl::StrContains(cause, "http1.x server")) cause = "this port is for HTTP; that of gRPC is 50051 by default";
  cause.front() = absl::ascii_tolower(cause.front());
  return absl::StrCat("cannot reach the server at ", match[1].str(), " (", cause, ")");
}

}  // namespace zeus::bso::client_internal

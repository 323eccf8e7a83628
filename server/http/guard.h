// Keeps pages of other sites, which run in the browsers of people who can reach this server, away from it.
#ifndef ZEUS_BSO_SERVER_HTTP_GUARD_H_
#define ZEUS_BSO_SERVER_HTTP_GUARD_H_

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"
#include "server/http/exchange/message.h"

namespace zeus::bso::http {

// Thread-safe.
class Guard {
 public:
  // `hosts` are names that this server is known by, besides its addresses: "name", with any port, or "name:port".
  explicit Guard(const std::vector<std::string>& hosts);

  // Whether `text` can be one of `hosts`.
  static bool IsHost(absl::string_view text);

  // Why a request is refused; nothing: it is not. On plaintext its Host must be a loopback name, the number of an
  // address, or one of `hosts`: for a page of another site whose name was made to mean this server's address, it is
  // that site's name. Its Origin and Sec-Fetch-Site must not be those of another site, unless it only reads files of
  // the page (`is_page`). `refuses_browsers`: it is one that no browser sends, and that changes something although it
  // is a GET.
  std::optional<Response> Refuse(const Request& request, bool is_page, bool refuses_browsers) const;

 private:
  bool IsKnown(absl::string_view host, absl::string_view port) const;
  bool IsHostAllowed(const Request& request, absl::string_view host) const;
  bool IsOriginAllowed(const Request& request, absl::string_view host, absl::string_view origin) const;

  std::vector<std::pair<std::string, std::string>> hosts_;  // Names, and ports; no port: any.
};

}  // namespace zeus::bso::http

#endif  // ZEUS_BSO_SERVER_HTTP_GUARD_H_

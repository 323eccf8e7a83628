// What is percent-encoded in a request's target.
#ifndef ZEUS_BSO_SERVER_HTTP_EXCHANGE_URL_H_
#define ZEUS_BSO_SERVER_HTTP_EXCHANGE_URL_H_

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"

namespace zeus::bso::http {

// The names and values of a query, decoded, in their order; "+" is a space. What is no hexadecimal number after a "%"
// stays as it is, as everywhere on the web.
std::vector<std::pair<std::string, std::string>> ParseQuery(absl::string_view query);

// The last value of a name in a query; nothing: there is none.
std::optional<std::string> LastOf(const std::vector<std::pair<std::string, std::string>>& query,
                                  absl::string_view name);

// Everything but letters, digits and -._~ percent-encoded.
std::string PercentEncode(absl::string_view text);

}  // namespace zeus::bso::http

#endif  // ZEUS_BSO_SERVER_HTTP_EXCHANGE_URL_H_

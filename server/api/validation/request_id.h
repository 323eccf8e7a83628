// Names of requests that can be repeated.
#ifndef ZEUS_BSO_SERVER_API_VALIDATION_REQUEST_ID_H_
#define ZEUS_BSO_SERVER_API_VALIDATION_REQUEST_ID_H_

#include <optional>
#include <string>

#include "absl/strings/string_view.h"

namespace zeus::bso::api {

// The 16 bytes of a UUID in its usual form (RFC 9562): 32 hexadecimal digits, in groups of 8, 4, 4, 4 and 12 with "-"
// between them; nothing for any other text.
std::optional<std::string> ParseRequestId(absl::string_view text);

}  // namespace zeus::bso::api

#endif  // ZEUS_BSO_SERVER_API_VALIDATION_REQUEST_ID_H_

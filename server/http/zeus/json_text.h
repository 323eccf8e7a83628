// Strings as JSON.
#ifndef ZEUS_BSO_SERVER_HTTP_ZEUS_JSON_TEXT_H_
#define ZEUS_BSO_SERVER_HTTP_ZEUS_JSON_TEXT_H_

#include <string>

#include "absl/strings/string_view.h"

namespace zeus::bso::http {

// `text` in quotes, escaped. If it is not UTF-8, each byte outside ASCII becomes "?".
std::string JsonText(absl::string_view text);

}  // namespace zeus::bso::http

#endif  // ZEUS_BSO_SERVER_HTTP_ZEUS_JSON_TEXT_H_

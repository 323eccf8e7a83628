#include "server/http/zeus/json_text.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "server/http/exchange/utf8.h"

namespace zeus::bso::http {

std::string JsonText(absl::string_view text) {
  const bool is_utf8 = IsUtf8(text, Surrogates::kRefused);
  constexpr absl::string_view kEscaped = "\"\\\b\f\n\r\t";
  constexpr absl::string_view kNames = "\"\\bfnrt";
  std::string json = "\"";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (const size_t index = kEscaped.find(c); index != absl::string_view::npos) {
      json += '\\';
      json += kNames[index];
    } else if (byte < 0x20) {
      absl::StrAppendFormat(&json, "\\u%04x", byte);
    } else if (byte < 0x80 || is_utf8) {
      json += c;
    } else {
      json += '?';
    }
  }
  json += '"';
  return json;
}

}  // namespace zeus::bso::http

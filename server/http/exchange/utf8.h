// UTF-8, with surrogates where Python's json module accepts them.
#ifndef ZEUS_BSO_SERVER_HTTP_EXCHANGE_UTF8_H_
#define ZEUS_BSO_SERVER_HTTP_EXCHANGE_UTF8_H_

#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"

namespace zeus::bso::http {

// UTF-8 has no surrogates (U+D800 to U+DFFF). Python accepts them in JSON.
enum class Surrogates { kRefused, kTaken };

// Whether `text` is UTF-8 throughout.
bool IsUtf8(absl::string_view text, Surrogates surrogates);

// The number of code points in UTF-8 text.
size_t CountCodePoints(absl::string_view text);

// Appends a code point, which may be a surrogate.
void AppendCodePoint(uint32_t code_point, std::string& text);

}  // namespace zeus::bso::http

#endif  // ZEUS_BSO_SERVER_HTTP_EXCHANGE_UTF8_H_

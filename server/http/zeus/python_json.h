// Parses JSON as leniently as Python's json.loads: NaN, Infinity and -Infinity are numbers, floats overflow to
// infinity, integers have any number of digits, and strings may have lone surrogates.
#ifndef ZEUS_BSO_SERVER_HTTP_ZEUS_PYTHON_JSON_H_
#define ZEUS_BSO_SERVER_HTTP_ZEUS_PYTHON_JSON_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "absl/strings/string_view.h"
#include "server/http/zeus/python_numbers.h"

namespace zeus::bso::http {

struct JsonValue;
struct JsonMember;
using JsonArray = std::vector<JsonValue>;
using JsonObject = std::vector<JsonMember>;  // In the order of the text, duplicates too.

// Strings are UTF-8, perhaps with surrogates.
struct JsonValue {
  std::variant<std::nullptr_t, bool, PythonInteger, double, std::string, JsonArray, JsonObject> value;
};

struct JsonMember {
  std::string name;
  JsonValue value;
};

// The text is not JSON.
struct JsonError {
  std::string message;
  // As in Python's JSONDecodeError: `position` counts characters from 0, `line` and `column` from 1.
  int64_t position = 0;
  int64_t line = 1;
  int64_t column = 1;
};

// Python fails with another error: the text is not UTF-8, is nested too deeply, or has an integer with too many digits.
struct UnreadableJson {
  std::string message;
};

// Limits the nesting of arrays and objects, and so the recursion. Python's limit is about 1,000.
inline constexpr int kMaxJsonDepth = 500;

std::variant<JsonValue, JsonError, UnreadableJson> ParsePythonJson(absl::string_view text);

}  // namespace zeus::bso::http

#endif  // ZEUS_BSO_SERVER_HTTP_ZEUS_PYTHON_JSON_H_

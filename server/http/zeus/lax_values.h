// Converts JSON values as pydantic 1 does: "32" to an integer, for example.
#ifndef ZEUS_BSO_SERVER_HTTP_ZEUS_LAX_VALUES_H_
#define ZEUS_BSO_SERVER_HTTP_ZEUS_LAX_VALUES_H_

#include <map>
#include <optional>
#include <string>
#include <variant>

#include "absl/numeric/int128.h"
#include "server/http/zeus/problem.h"
#include "server/http/zeus/python_json.h"

namespace zeus::bso::http {

using JsonFields = std::map<std::string, JsonValue, std::less<>>;

// The fields of an object. As with Python's dict(), an array of pairs is an object, too. Errors: kNoDict, and a kind of
// its own if the name in a pair is not a string.
std::variant<JsonFields, ProblemKind> TakeFields(JsonValue value);

// Absent: the value cannot be converted. Null never can.
std::optional<absl::int128> TakeInteger(const JsonValue& value);  // The nearest 128-bit integer.
std::optional<double> TakeFloat(const JsonValue& value);
std::optional<bool> TakeBool(const JsonValue& value);
std::optional<std::string> TakeString(const JsonValue& value);

}  // namespace zeus::bso::http

#endif  // ZEUS_BSO_SERVER_HTTP_ZEUS_LAX_VALUES_H_

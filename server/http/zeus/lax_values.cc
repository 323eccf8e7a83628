#include "server/http/zeus/lax_values.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "server/http/exchange/utf8.h"

namespace zeus::bso::http {
namespace {

template <typename T>
const T* As(const JsonValue& value) {
  return std::get_if<T>(&value.value);
}

constexpr ProblemKind kNameIsNoString{"type_error", "must have strings for names"};

enum class PairOutcome { kTaken, kNoPair, kNameIsNoString };

// Adds an element of an array as Python's dict() does, which takes anything that has two parts for a pair.
PairOutcome TakePair(JsonValue element, JsonFields& fields) {
  if (auto* const array = std::get_if<JsonArray>(&element.value); array != nullptr && array->size() == 2) {
    JsonValue& name = array->front();
    if (As<JsonArray>(name) != nullptr || As<JsonObject>(name) != nullptr) return PairOutcome::kNoPair;
    const auto* const text = As<std::string>(name);
    if (text == nullptr) return PairOutcome::kNameIsNoString;
    fields[*text] = std::move(array->back());
    return PairOutcome::kTaken;
  }
  // A string of two characters is a pair of them. No field of ours has a name of one character.
  const auto* const text = As<std::string>(element);
  return text != nullptr && CountCodePoints(*text) == 2 ? PairOutcome::kTaken : PairOutcome::kNoPair;
}

std::variant<JsonFields, ProblemKind> FieldsOfPairs(JsonArray pairs) {
  JsonFields fields;
  bool has_other_names = false;
  for (JsonValue& pair : pairs) {
    const PairOutcome outcome = TakePair(std::move(pair), fields);
    if (outcome == PairOutcome::kNoPair) return kNoDict;
    if (outcome == PairOutcome::kNameIsNoString) has_other_names = true;
  }
  if (has_other_names) return kNameIsNoString;
  return fields;
}

}  // namespace

std::variant<JsonFields, ProblemKind> TakeFields(JsonValue value) {
  if (auto* const object = std::get_if<JsonObject>(&value.value)) {
    JsonFields fields;
    for (auto& [name, member] : *object) fields[std::move(name)] = std::move(member);
    return fields;
  }
  if (auto* const array = std::get_if<JsonArray>(&value.value)) return FieldsOfPairs(std::move(*array));
  if (const auto* const text = As<std::string>(value); text != nullptr && text->empty()) return JsonFields();
  return kNoDict;
}

std::optional<absl::int128> TakeInteger(const JsonValue& value) {
  if (const auto* const integer = As<PythonInteger>(value)) return integer->value;
  if (const auto* const flag = As<bool>(value)) return *flag ? 1 : 0;
  std::optional<PythonInteger> converted;
  if (const auto* const number = As<double>(value)) converted = ToPythonInteger(*number);
  const auto* const text = As<std::string>(value);
  if (text != nullptr && CountCodePoints(*text) <= kMaxIntegerDigits) converted = ParsePythonInteger(*text);
  return converted.has_value() ? std::optional(converted->value) : std::nullopt;
}

std::optional<double> TakeFloat(const JsonValue& value) {
  if (const auto* const number = As<double>(value)) return *number;
  if (const auto* const integer = As<PythonInteger>(value)) return ToPythonFloat(*integer);
  if (const auto* const flag = As<bool>(value)) return *flag ? 1 : 0;
  if (const auto* const text = As<std::string>(value)) return ParsePythonFloat(*text);
  return std::nullopt;
}

std::optional<bool> TakeBool(const JsonValue& value) {
  if (const auto* const flag = As<bool>(value)) return *flag;
  if (const auto* const text = As<std::string>(value)) {
    const std::string lower = absl::AsciiStrToLower(*text);
    for (const char* const word : {"1", "on", "t", "true", "y", "yes"}) {
      if (lower == word) return true;
    }
    for (const char* const word : {"0", "off", "f", "false", "n", "no"}) {
      if (lower == word) return false;
    }
    return std::nullopt;
  }
  const std::optional<double> number = TakeFloat(value);
  if (!number.has_value() || (*number != 0 && *number != 1)) return std::nullopt;
  return *number == 1;
}

std::optional<std::string> TakeString(const JsonValue& value) {
  if (const auto* const text = As<std::string>(value)) return *text;
  if (const auto* const integer = As<PythonInteger>(value)) return integer->text;
  if (const auto* const number = As<double>(value)) return PrintPythonFloat(*number);
  if (const auto* const flag = As<bool>(value)) return *flag ? "True" : "False";
  return std::nullopt;
}

}  // namespace zeus::bso::http

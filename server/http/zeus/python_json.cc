#include "server/http/zeus/python_json.h"

#include <algorithm>
#include <limits>
#include <optional>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "server/http/exchange/utf8.h"

namespace zeus::bso::http {
namespace {

bool IsHighSurrogate(uint32_t unit) { return unit >= 0xd800 && unit < 0xdc00; }
bool IsLowSurrogate(uint32_t unit) { return unit >= 0xdc00 && unit < 0xe000; }

// Recursive descent. Reports errors at the same positions as Python.
class Parser {
 public:
  explicit Parser(absl::string_view text) : text_(text) {}

  std::variant<JsonValue, JsonError, UnreadableJson> Parse() {
    JsonValue value;
    if (ParseDocument(value)) return value;
    if (unreadable_.has_value()) return *std::move(unreadable_);
    return ErrorAt(wrong_at_);
  }

 private:
  bool ParseDocument(JsonValue& value) {
    SkipSpace();
    if (!ParseValue(value)) return false;
    SkipSpace();
    return at_ == text_.size() || Fail(at_, "the text goes on after the value");
  }

  bool ParseValue(JsonValue& value) {
    const size_t start = at_;
    const char first = Peek();
    if (first == '"') return ParseString(value.value.emplace<std::string>());
    if (first == '{' || first == '[') {
      if (++depth_ > kMaxJsonDepth) return Refuse("arrays and objects are nested too deeply");
      const bool parsed =
          first == '{' ? ParseObject(value.value.emplace<JsonObject>()) : ParseArray(value.value.emplace<JsonArray>());
      --depth_;
      return parsed;
    }
    if (Take("null")) return true;
    if (Take("true")) return Set(value, true);
    if (Take("false")) return Set(value, false);
    if (Take("NaN")) return Set(value, std::numeric_limits<double>::quiet_NaN());
    if (Take("Infinity")) return Set(value, std::numeric_limits<double>::infinity());
    if (Take("-Infinity")) return Set(value, -std::numeric_limits<double>::infinity());
    if (ParseNumber(value)) return true;
    return !unreadable_.has_value() && Fail(start, "a value is expected");
  }

  // Returns false, without an error, if there is no number here.
  bool ParseNumber(JsonValue& value) {
    size_t end = at_;
    const auto digit_at = [&](size_t i) {
      return i < text_.size() && absl::ascii_isdigit(static_cast<unsigned char>(text_[i]));
    };
    const auto skip_digits = [&] {
      while (digit_at(end)) ++end;
    };
    if (Peek() == '-') ++end;
    if (!digit_at(end)) return false;
    if (text_[end] == '0') {
      ++end;
    } else {
      skip_digits();
    }
    bool is_float = false;
    if (end < text_.size() && text_[end] == '.' && digit_at(end + 1)) {
      is_float = true;
      ++end;
      skip_digits();
    }
    if (end < text_.size() && (text_[end] == 'e' || text_[end] == 'E')) {
      const bool has_sign = end + 1 < text_.size() && (text_[end + 1] == '+' || text_[end + 1] == '-');
      const size_t digits = end + (has_sign ? 2 : 1);
      if (digit_at(digits)) {
        is_float = true;
        end = digits;
        skip_digits();
      }
    }
    const absl::string_view number = text_.substr(at_, end - at_);
    at_ = end;
    return is_float ? SetFloat(value, number) : SetInteger(value, number);
  }

  bool SetFloat(JsonValue& value, absl::string_view number) {
    const std::optional<double> parsed = ParsePythonFloat(number);
    return parsed.has_value() && Set(value, *parsed);
  }

  bool SetInteger(JsonValue& value, absl::string_view number) {
    std::optional<PythonInteger> parsed = ParsePythonInteger(number);
    if (parsed.has_value()) return Set(value, *std::move(parsed));
    return Refuse(absl::StrCat("an integer has more than ", kMaxIntegerDigits, " digits"));
  }

  bool ParseArray(JsonArray& array) {
    ++at_;
    SkipSpace();
    if (TakeChar(']')) return true;
    while (true) {
      if (!ParseValue(array.emplace_back())) return false;
      SkipSpace();
      if (TakeChar(']')) return true;
      if (!TakeChar(',')) return Fail(at_, "a comma or the end of the array is expected");
      SkipSpace();
    }
  }

  bool ParseObject(JsonObject& object) {
    ++at_;
    SkipSpace();
    if (TakeChar('}')) return true;
    while (true) {
      if (Peek() != '"') return Fail(at_, "a name in double quotes is expected");
      auto& [name, value] = object.emplace_back();
      if (!ParseString(name)) return false;
      SkipSpace();
      if (!TakeChar(':')) return Fail(at_, "a colon is expected");
      SkipSpace();
      if (!ParseValue(value)) return false;
      SkipSpace();
      if (TakeChar('}')) return true;
      if (!TakeChar(',')) return Fail(at_, "a comma or the end of the object is expected");
      SkipSpace();
    }
  }

  bool ParseString(std::string& string) {
    const size_t start = at_++;
    while (at_ < text_.size()) {
      const char c = text_[at_];
      if (c == '"') {
        ++at_;
        return true;
      }
      if (static_cast<unsigned char>(c) < 0x20) return Fail(at_, "a string has a control character");
      if (c != '\\') {
        string += c;
        ++at_;
      } else if (at_ + 1 == text_.size()) {
        break;
      } else if (!ParseEscape(string)) {
        return false;
      }
    }
    return Fail(start, "a string has no end");
  }

  bool ParseEscape(std::string& string) {
    constexpr absl::string_view kNames = "\"\\/bfnrt";
    constexpr absl::string_view kMeanings = "\"\\/\b\f\n\r\t";
    const char name = text_[at_ + 1];
    if (name == 'u') return ParseUnicodeEscape(string);
    const size_t index = kNames.find(name);
    if (index == absl::string_view::npos) return Fail(at_, "a string has an unknown escape");
    string += kMeanings[index];
    at_ += 2;
    return true;
  }

  bool ParseUnicodeEscape(std::string& string) {
    uint32_t unit = 0;
    if (!TakeUnit(unit)) return false;
    if (IsHighSurrogate(unit) && absl::StartsWith(text_.substr(at_), "\\u")) {
      const size_t before = at_;
      uint32_t low = 0;
      if (!TakeUnit(low)) return false;
      if (IsLowSurrogate(low)) {
        unit = 0x10000 + ((unit - 0xd800) << 10) + (low - 0xdc00);
      } else {
        at_ = before;
      }
    }
    AppendCodePoint(unit, string);
    return true;
  }

  // Takes "\uXXXX".
  bool TakeUnit(uint32_t& unit) {
    const absl::string_view digits = text_.substr(at_ + 2, 4);
    // Like Python, report an escape at the very end of the text here, not as a string without an end.
    const bool is_hexadecimal = digits.find_first_not_of("0123456789abcdefABCDEF") == absl::string_view::npos;
    if (at_ + 6 >= text_.size() || !is_hexadecimal || !absl::SimpleHexAtoi(digits, &unit)) {
      return Fail(at_ + 1, "a string has \\u without four hexadecimal digits");
    }
    at_ += 6;
    return true;
  }

  // Returns '\0' at the end of the text.
  char Peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }

  bool TakeChar(char c) {
    if (at_ == text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }

  bool Take(absl::string_view word) {
    if (!absl::StartsWith(text_.substr(at_), word)) return false;
    at_ += word.size();
    return true;
  }

  void SkipSpace() {
    while (at_ < text_.size() && absl::string_view(" \t\n\r").find(text_[at_]) != absl::string_view::npos) ++at_;
  }

  template <typename T>
  static bool Set(JsonValue& value, T parsed) {
    value.value = std::move(parsed);
    return true;
  }

  // Keeps the first error. Returns false, for callers to return.
  bool Fail(size_t at, absl::string_view message) {
    if (message_.empty()) {
      wrong_at_ = at;
      message_ = std::string(message);
    }
    return false;
  }

  bool Refuse(absl::string_view message) {
    unreadable_ = UnreadableJson{.message = std::string(message)};
    return false;
  }

  JsonError ErrorAt(size_t at) const {
    const absl::string_view before = text_.substr(0, at);
    const size_t newline = before.rfind('\n');
    const absl::string_view in_line = newline == absl::string_view::npos ? before : before.substr(newline + 1);
    JsonError error;
    error.position = static_cast<int64_t>(CountCodePoints(before));
    error.line = 1 + std::count(before.begin(), before.end(), '\n');
    error.column = 1 + static_cast<int64_t>(CountCodePoints(in_line));
    error.message = absl::StrCat("the body is not JSON: ", message_, " at line ", error.line, ", column ", error.column,
                                 " (character ", error.position, ")");
    return error;
  }

  const absl::string_view text_;
  size_t at_ = 0;
  int depth_ = 0;
  size_t wrong_at_ = 0;
  std::string message_;  // Empty: no error so far.
  std::optional<UnreadableJson> unreadable_;
};

}  // namespace

std::variant<JsonValue, JsonError, UnreadableJson> ParsePythonJson(absl::string_view text) {
  constexpr absl::string_view kByteOrderMark = "\xef\xbb\xbf";
  absl::ConsumePrefix(&text, kByteOrderMark);
  if (!IsUtf8(text, Surrogates::kTaken)) return UnreadableJson{.message = "the body is not UTF-8"};
  return Parser(text).Parse();
}

}  // namespace zeus::bso::http

#include "server/http/zeus/python_json.h"

#include <cmath>
#include <string>
#include <tuple>
#include <vector>

#include "absl/strings/str_cat.h"
#include "catch2/catch.hpp"
#include "server/http/exchange/utf8.h"

namespace zeus::bso::http {
namespace {

// "POSITION LINE COLUMN" of the error in a text.
std::string ErrorIn(const std::string& text) {
  const auto parsed = ParsePythonJson(text);
  const auto* const error = std::get_if<JsonError>(&parsed);
  return error == nullptr ? "none" : absl::StrCat(error->position, " ", error->line, " ", error->column);
}

JsonValue ParsedJson(const std::string& text) {
  auto parsed = ParsePythonJson(text);
  INFO(text);
  REQUIRE(std::holds_alternative<JsonValue>(parsed));
  return std::get<JsonValue>(std::move(parsed));
}

template <typename T>
T ParsedAs(const std::string& text) {
  return std::get<T>(ParsedJson(text).value);
}

bool IsUnreadable(const std::string& text) { return std::holds_alternative<UnreadableJson>(ParsePythonJson(text)); }

TEST_CASE("An error is where Python's json module says that it is") {
  // What json.loads of Python 3.11 answered.
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"", "0 1 1"},   // Nothing.
      {"{", "1 1 2"},  // The end where a name is expected.
      {"[", "1 1 2"},  // The end where a value is expected.
      {"[1, ", "4 1 5"},
      {"nul", "0 1 1"},  // An unknown word.
      {"+1", "0 1 1"},
      {".5", "0 1 1"},
      {"-", "0 1 1"},
      {"-a", "0 1 1"},
      {"{\"a\": nope}", "6 1 7"},
      {"{'a': 1}", "1 1 2"},  // No name.
      {"{1: 2}", "1 1 2"},
      {"{\"a\" 1}", "5 1 6"},            // No colon.
      {"{\"a\": 1 \"b\": 2}", "8 1 9"},  // No comma.
      {"[1 2]", "3 1 4"},
      {"{\"a\": 1,}", "8 1 9"},  // A comma too many.
      {"[1,]", "3 1 4"},
      {"{} {}", "3 1 4"},  // Text after the value.
      {"012", "1 1 2"},
      {"1.", "1 1 2"},
      {"1e+", "1 1 2"},
      {"\"abc", "0 1 1"},  // A string without an end: where it begins.
      {"[\"abc\\", "1 1 2"},
      {"\"a\tb\"", "2 1 3"},   // A control character.
      {"\"ab\\x\"", "3 1 4"},  // An unknown escape: its backslash.
      {"\"\\u12\"", "2 1 3"},  // No four digits: the "u".
      {"\"\\u12g4\"", "2 1 3"},
      {"\"\\ud83d\\u12\"", "8 1 9"},
      {"\n{\n  \"a\": 1,\n  b\n}", "15 4 3"},          // Lines and columns count from 1.
      {"[\"\xc3\xbc\xf0\x9f\x98\x80\", x]", "7 1 8"},  // Characters count, not bytes.
      {"\xef\xbb\xbf{", "1 1 2"},                      // A byte order mark does not.
  };
  for (const auto& [text, error] : cases) {
    INFO(text);
    CHECK(ErrorIn(text) == error);
  }
}

TEST_CASE("Floats may be NaN and infinite") {
  CHECK(std::isnan(ParsedAs<double>("NaN")));
  CHECK(ParsedAs<double>("Infinity") == HUGE_VAL);
  CHECK(ParsedAs<double>("-Infinity") == -HUGE_VAL);
  CHECK(ParsedAs<double>("1e400") == HUGE_VAL);
  CHECK(ParsedAs<double>("-1e400") == -HUGE_VAL);
  CHECK(ParsedAs<double>("1e-400") == 0);
  CHECK(ParsedAs<double>("-12.5e-1") == -1.25);
  CHECK(ParsedAs<double>("1E2") == 100);
}

TEST_CASE("Integers have any number of digits, up to 4,300") {
  CHECK(ParsedAs<PythonInteger>("-12").value == -12);
  CHECK(ParsedAs<PythonInteger>("-0").text == "0");
  CHECK(ParsedAs<PythonInteger>("18446744073709551616").value == absl::MakeInt128(1, 0));
  const std::string most(4300, '9');
  CHECK(ParsedAs<PythonInteger>(most).value == absl::Int128Max());
  CHECK(ParsedAs<PythonInteger>("-" + most).value == absl::Int128Min());
  CHECK(ParsedAs<PythonInteger>("-" + most).text == "-" + most);
  CHECK(IsUnreadable(most + "9"));
  CHECK(IsUnreadable("[1, -" + most + "9"));
  CHECK(ErrorIn("[x, " + most + "9]") == "1 1 2");
}

TEST_CASE("Strings may have escapes, surrogates and NUL") {
  CHECK(ParsedAs<std::string>(R"("\"\\\/\b\f\n\r\t")") == "\"\\/\b\f\n\r\t");
  CHECK(ParsedAs<std::string>(R"("\u00fc\u20AC")") == "\xc3\xbc\xe2\x82\xac");
  CHECK(ParsedAs<std::string>(R"("\ud83d\ude00")") == "\xf0\x9f\x98\x80");
  CHECK(ParsedAs<std::string>(R"("\ud83d")") == "\xed\xa0\xbd");
  CHECK(ParsedAs<std::string>(R"("\ud83d\u0041")") ==
        "\xed\xa0\xbd"
        "A");
  CHECK(ParsedAs<std::string>(R"("\u0000")") == std::string(1, '\0'));
  CHECK(ParsedAs<std::string>("\"\xed\xa0\xbd\x7f\"") == "\xed\xa0\xbd\x7f");
}

TEST_CASE("Arrays and objects keep their order, and duplicates") {
  const auto object = ParsedAs<JsonObject>(" {\"b\" : [ ] , \"a\" : { } , \"b\" : [true, false, null]}\r\n");
  REQUIRE(object.size() == 3);
  CHECK(object[0].name == "b");
  CHECK(object[1].name == "a");
  CHECK(std::get<JsonArray>(object[2].value.value).size() == 3);
}

TEST_CASE("Deep nesting and bytes that are not UTF-8 are unreadable") {
  CHECK_FALSE(IsUnreadable(std::string(kMaxJsonDepth, '[') + std::string(kMaxJsonDepth, ']')));
  CHECK(IsUnreadable(std::string(kMaxJsonDepth + 1, '[')));
  CHECK(IsUnreadable(std::string(100 << 10, '[')));
  std::string objects;
  for (int i = 0; i < 100 << 10; ++i) objects += "{\"a\":";
  CHECK(IsUnreadable(objects));
  // Neighbours are not nested.
  std::string neighbours = "[";
  for (int i = 0; i < 2 * kMaxJsonDepth; ++i) neighbours += "[],";
  CHECK_FALSE(IsUnreadable(neighbours + "1]"));
  for (const char* const bytes :
       {"\x80", "\"\xff\"", "\"\xc0\x80\"", "\"\xe0\x80\x80\"", "\"\xf4\x90\x80\x80\"", "\"\xc3", "{} \xf0\x9f\x98"}) {
    CHECK(IsUnreadable(bytes));
  }
}

TEST_CASE("A number of 100,000 digits is read or refused") {
  const std::string digits(100'000, '7');
  CHECK(IsUnreadable(digits));
  CHECK(ParsedAs<double>(digits + ".5") == HUGE_VAL);
  CHECK(ParsedAs<double>("0." + digits) == Approx(7.0 / 9));
  CHECK(ParsedAs<double>("1e" + digits) == HUGE_VAL);
  CHECK(ParsedAs<double>("1e-" + digits) == 0);
}

TEST_CASE("Surrogates are UTF-8 only where they are taken") {
  CHECK(IsUtf8("a\xc3\xbc\xe2\x82\xac\xf0\x9f\x98\x80", Surrogates::kRefused));
  CHECK_FALSE(IsUtf8("\xed\xa0\xbd", Surrogates::kRefused));
  CHECK(IsUtf8("\xed\xa0\xbd", Surrogates::kTaken));
  CHECK(CountCodePoints("a\xc3\xbc\xe2\x82\xac\xf0\x9f\x98\x80") == 4);
}

}  // namespace
}  // namespace zeus::bso::http

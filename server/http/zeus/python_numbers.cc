#include "server/http/zeus/python_numbers.h"

#include <array>
#include <charconv>
#include <cmath>
#include <limits>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"

namespace zeus::bso::http {
namespace {

// Python strips U+001C to U+001F, too. Unlike Python, we support no spaces and digits outside ASCII.
bool IsSpace(char c) { return absl::ascii_isspace(static_cast<unsigned char>(c)) || (c >= '\x1c' && c <= '\x1f'); }

absl::string_view Strip(absl::string_view text) {
  while (!text.empty() && IsSpace(text.front())) text.remove_prefix(1);
  while (!text.empty() && IsSpace(text.back())) text.remove_suffix(1);
  return text;
}

bool IsDigit(char c) { return absl::ascii_isdigit(static_cast<unsigned char>(c)); }

// Removes the sign from the front of `text`. Returns whether it is a minus.
bool TakeSign(absl::string_view& text) {
  if (absl::ConsumePrefix(&text, "-")) return true;
  absl::ConsumePrefix(&text, "+");
  return false;
}

// Moves the digits from the front of `text` to `digits`, without the single underscores between them. Returns false if
// there are none.
bool TakeDigits(absl::string_view& text, std::string& digits) {
  if (text.empty() || !IsDigit(text[0])) return false;
  while (!text.empty()) {
    if (text[0] == '_' && text.size() > 1 && IsDigit(text[1])) text.remove_prefix(1);
    if (!IsDigit(text[0])) break;
    digits += text[0];
    text.remove_prefix(1);
  }
  return true;
}

PythonInteger FromDigits(bool is_negative, absl::string_view digits) {
  while (digits.size() > 1 && digits[0] == '0') digits.remove_prefix(1);
  if (digits == "0") return {};
  PythonInteger integer{.text = absl::StrCat(is_negative ? "-" : "", digits)};
  constexpr size_t kDigitsThatFit = std::numeric_limits<absl::int128>::digits10;
  if (digits.size() > kDigitsThatFit) {
    integer.value = is_negative ? absl::Int128Min() : absl::Int128Max();
    return integer;
  }
  for (const char digit : digits) integer.value = integer.value * 10 + (digit - '0');
  if (is_negative) integer.value = -integer.value;
  return integer;
}

// "1.5e+300" from the digits "15" and the exponent 300.
std::string PrintScientific(absl::string_view digits, int exponent) {
  std::string text(digits.substr(0, 1));
  if (digits.size() > 1) absl::StrAppend(&text, ".", digits.substr(1));
  const int magnitude = std::abs(exponent);
  absl::StrAppend(&text, exponent < 0 ? "e-" : "e+", magnitude < 10 ? "0" : "", magnitude);
  return text;
}

std::string PrintFixed(absl::string_view digits, int exponent) {
  if (exponent < 0) return absl::StrCat("0.", std::string(static_cast<size_t>(-exponent - 1), '0'), digits);
  const auto num_whole = static_cast<size_t>(exponent) + 1;
  if (digits.size() <= num_whole) return absl::StrCat(digits, std::string(num_whole - digits.size(), '0'), ".0");
  return absl::StrCat(digits.substr(0, num_whole), ".", digits.substr(num_whole));
}

}  // namespace

std::optional<PythonInteger> ParsePythonInteger(absl::string_view text) {
  text = Strip(text);
  const bool is_negative = TakeSign(text);
  std::string digits;
  if (!TakeDigits(text, digits) || !text.empty() || digits.size() > kMaxIntegerDigits) return std::nullopt;
  return FromDigits(is_negative, digits);
}

std::optional<PythonInteger> ToPythonInteger(double value) {
  if (!std::isfinite(value)) return std::nullopt;
  std::array<char, 400> buffer{};  // The largest double has 309 digits.
  const auto printed = std::to_chars(buffer.data(), buffer.data() + buffer.size(), std::trunc(std::abs(value)),
                                     std::chars_format::fixed, 0);
  return FromDigits(value < 0, {buffer.data(), static_cast<size_t>(printed.ptr - buffer.data())});
}

std::optional<double> ParsePythonFloat(absl::string_view text) {
  text = Strip(text);
  const bool is_negative = TakeSign(text);
  const auto with_sign = [is_negative](double magnitude) { return is_negative ? -magnitude : magnitude; };
  const std::string lower = absl::AsciiStrToLower(text);
  if (lower == "nan") return std::numeric_limits<double>::quiet_NaN();
  if (lower == "inf" || lower == "infinity") return with_sign(std::numeric_limits<double>::infinity());

  std::string plain;
  bool has_digits = TakeDigits(text, plain);
  if (absl::ConsumePrefix(&text, ".")) {
    plain += '.';
    if (TakeDigits(text, plain)) has_digits = true;
  }
  if (!has_digits) return std::nullopt;
  if (absl::ConsumePrefix(&text, "e") || absl::ConsumePrefix(&text, "E")) {
    plain += TakeSign(text) ? "e-" : "e+";
    if (!TakeDigits(text, plain)) return std::nullopt;
  }
  double magnitude = 0;
  if (!text.empty() || !absl::SimpleAtod(plain, &magnitude)) return std::nullopt;
  return with_sign(magnitude);
}

std::optional<double> ToPythonFloat(const PythonInteger& integer) {
  double value = 0;
  if (!absl::SimpleAtod(integer.text, &value) || std::isinf(value)) return std::nullopt;
  return value;
}

std::string PrintPythonFloat(double value) {
  if (std::isnan(value)) return "nan";
  const std::string sign = std::signbit(value) ? "-" : "";
  if (std::isinf(value)) return sign + "inf";
  std::array<char, 32> buffer{};  // At most 17 digits, the point, and the exponent.
  const auto printed =
      std::to_chars(buffer.data(), buffer.data() + buffer.size(), std::abs(value), std::chars_format::scientific);
  const absl::string_view scientific(buffer.data(), static_cast<size_t>(printed.ptr - buffer.data()));
  const size_t mark = scientific.find('e');
  int exponent = 0;
  if (!absl::SimpleAtoi(scientific.substr(mark + 1), &exponent)) return "nan";
  std::string digits(scientific.substr(0, 1));
  if (mark > 2) absl::StrAppend(&digits, scientific.substr(2, mark - 2));
  constexpr int kLeastFixed = -4;
  constexpr int kMostFixed = 15;
  const bool is_fixed = exponent >= kLeastFixed && exponent <= kMostFixed;
  return sign + (is_fixed ? PrintFixed(digits, exponent) : PrintScientific(digits, exponent));
}

}  // namespace zeus::bso::http

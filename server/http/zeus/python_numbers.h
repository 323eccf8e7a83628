// Parses, converts and prints numbers as Python does.
#ifndef ZEUS_BSO_SERVER_HTTP_ZEUS_PYTHON_NUMBERS_H_
#define ZEUS_BSO_SERVER_HTTP_ZEUS_PYTHON_NUMBERS_H_

#include <cstddef>
#include <optional>
#include <string>

#include "absl/numeric/int128.h"
#include "absl/strings/string_view.h"

namespace zeus::bso::http {

// Python refuses to convert longer decimal text to an int.
inline constexpr size_t kMaxIntegerDigits = 4300;

// Python's integers have no bounds.
struct PythonInteger {
  absl::int128 value = 0;  // The nearest 128-bit integer.
  std::string text = "0";  // All digits, as str() prints them.
};

// int(str). Absent: Python raises an error.
std::optional<PythonInteger> ParsePythonInteger(absl::string_view text);

// int(float). Absent: the value is infinite or NaN.
std::optional<PythonInteger> ToPythonInteger(double value);

// float(str). Absent: Python raises an error.
std::optional<double> ParsePythonFloat(absl::string_view text);

// float(int). Absent: the value is too large.
std::optional<double> ToPythonFloat(const PythonInteger& integer);

// repr(float): the shortest text that parses to the same number.
std::string PrintPythonFloat(double value);

}  // namespace zeus::bso::http

#endif  // ZEUS_BSO_SERVER_HTTP_ZEUS_PYTHON_NUMBERS_H_

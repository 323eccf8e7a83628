#include "server/http/zeus/python_numbers.h"

#include <cmath>
#include <string>

#include "catch2/catch.hpp"

namespace zeus::bso::http {
namespace {

std::string IntegerIn(const std::string& text) {
  const auto integer = ParsePythonInteger(text);
  return integer.has_value() ? integer->text : "none";
}

std::string FloatIn(const std::string& text) {
  const auto value = ParsePythonFloat(text);
  return value.has_value() ? PrintPythonFloat(*value) : "none";
}

TEST_CASE("Floats are printed as Python prints them") {
  CHECK(PrintPythonFloat(300) == "300.0");
  CHECK(PrintPythonFloat(0) == "0.0");
  CHECK(PrintPythonFloat(-0.0) == "-0.0");
  CHECK(PrintPythonFloat(0.1) == "0.1");
  CHECK(PrintPythonFloat(-123.456) == "-123.456");
  CHECK(PrintPythonFloat(1e15) == "1000000000000000.0");
  CHECK(PrintPythonFloat(1e16) == "1e+16");
  CHECK(PrintPythonFloat(123456789012345680) == "1.2345678901234568e+17");
  CHECK(PrintPythonFloat(0.0001) == "0.0001");
  CHECK(PrintPythonFloat(0.00001) == "1e-05");
  CHECK(PrintPythonFloat(1.5e-7) == "1.5e-07");
  CHECK(PrintPythonFloat(5e-324) == "5e-324");
  CHECK(PrintPythonFloat(1.7976931348623157e308) == "1.7976931348623157e+308");
  CHECK(PrintPythonFloat(HUGE_VAL) == "inf");
  CHECK(PrintPythonFloat(-HUGE_VAL) == "-inf");
  CHECK(PrintPythonFloat(NAN) == "nan");
}

TEST_CASE("Strings are integers as Python's int takes them") {
  CHECK(IntegerIn("32") == "32");
  CHECK(IntegerIn(" \t\n32\v\f\r ") == "32");
  CHECK(IntegerIn("+7") == "7");
  CHECK(IntegerIn("-007") == "-7");
  CHECK(IntegerIn("1_000") == "1000");
  for (const char* const text : {"", " ", "-", "+-1", "1__0", "_1", "1_", "32.7", "1e3", "0x10", "3 2", "x"}) {
    INFO(text);
    CHECK(IntegerIn(text) == "none");
  }
  CHECK(IntegerIn(std::string(kMaxIntegerDigits + 1, '1')) == "none");
}

TEST_CASE("Strings are floats as Python's float takes them") {
  CHECK(FloatIn(" 1_0.2_5e+0_1 ") == "102.5");
  CHECK(FloatIn(".5") == "0.5");
  CHECK(FloatIn("5.") == "5.0");
  CHECK(FloatIn("-1E-2") == "-0.01");
  CHECK(FloatIn("+1e400") == "inf");
  CHECK(FloatIn("-Infinity") == "-inf");
  CHECK(FloatIn("iNf") == "inf");
  CHECK(FloatIn("NaN") == "nan");
  CHECK(FloatIn("-nan") == "nan");
  for (const char* const text : {"", ".", "e5", "1e", "1e+", "1_.5", "1._5", "0x1p3", "infin", "- 1", "1,5", "abc"}) {
    INFO(text);
    CHECK(FloatIn(text) == "none");
  }
}

TEST_CASE("Floats and integers are converted as Python converts them") {
  CHECK(ToPythonInteger(32.7)->text == "32");
  CHECK(ToPythonInteger(-32.7)->text == "-32");
  CHECK(ToPythonInteger(-0.5)->text == "0");
  CHECK(ToPythonInteger(1e22)->text == "10000000000000000000000");
  CHECK(ToPythonInteger(1.7976931348623157e308)->text.size() == 309);
  CHECK_FALSE(ToPythonInteger(HUGE_VAL).has_value());
  CHECK_FALSE(ToPythonInteger(NAN).has_value());
  CHECK(ToPythonFloat(*ParsePythonInteger("9007199254740993")) == 9007199254740992.0);
  CHECK_FALSE(ToPythonFloat(*ParsePythonInteger(std::string(400, '9'))).has_value());
}

}  // namespace
}  // namespace zeus::bso::http

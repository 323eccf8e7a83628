// Reads the members of a JSON array one after another. The first one that is missing or of the wrong type makes an
// error, after which every further member reads as 0. No exceptions.
#ifndef ZEUS_BSO_TESTS_VECTORS_FIELDS_H_
#define ZEUS_BSO_TESTS_VECTORS_FIELDS_H_

#include <cmath>
#include <cstdint>
#include <limits>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "nlohmann/json.hpp"

namespace zeus::bso::curves::vectors {

class Fields {
 public:
  explicit Fields(const nlohmann::json& array) : array_(array) {
    if (!array.is_array()) Fail("not a list");
  }

  int64_t Integer(absl::string_view name) {
    const nlohmann::json& value = Next(name);
    if (value.is_number_integer()) return value.get<int64_t>();
    Fail(absl::StrCat(name, " is not an integer"));
    return 0;
  }

  double Number(absl::string_view name) {
    const nlohmann::json& value = Next(name);
    if (value.is_number()) return value.get<double>();
    if (value == "nan") return std::numeric_limits<double>::quiet_NaN();
    if (value == "inf") return std::numeric_limits<double>::infinity();
    if (value == "-inf") return -std::numeric_limits<double>::infinity();
    Fail(absl::StrCat(name, " is not a number"));
    return 0;
  }

  bool Bool(absl::string_view name) {
    const nlohmann::json& value = Next(name);
    if (value.is_boolean()) return value.get<bool>();
    Fail(absl::StrCat(name, " is not true or false"));
    return false;
  }

  std::string String(absl::string_view name) {
    const nlohmann::json& value = Next(name);
    if (value.is_string()) return value.get<std::string>();
    Fail(absl::StrCat(name, " is not a string"));
    return "";
  }

  // A null after an error.
  const nlohmann::json& Next(absl::string_view name) {
    static const nlohmann::json* const null = new nlohmann::json;
    if (status_.ok() && position_ >= array_.size()) Fail(absl::StrCat(name, " is missing"));
    return status_.ok() ? array_[position_++] : *null;
  }

  // Keeps the first error.
  void Fail(absl::string_view what) {
    if (status_.ok()) status_ = absl::InvalidArgumentError(what);
  }

  // The error; one too if members are left over.
  absl::Status Finish() {
    if (status_.ok() && position_ != array_.size()) Fail(absl::StrCat("has ", array_.size(), " members"));
    return status_;
  }

 private:
  const nlohmann::json& array_;
  size_t position_ = 0;
  absl::Status status_;
};

}  // namespace zeus::bso::curves::vectors

#endif  // ZEUS_BSO_TESTS_VECTORS_FIELDS_H_

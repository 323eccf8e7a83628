// Requests with one field changed, and which fields a check of them names.
#ifndef ZEUS_BSO_TESTS_SERVER_API_FIELD_CASES_H_
#define ZEUS_BSO_TESTS_SERVER_API_FIELD_CASES_H_

#include <cstdint>
#include <limits>
#include <string>
#include <type_traits>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_split.h"
#include "catch2/catch.hpp"
#include "google/protobuf/message.h"
#include "google/rpc/error_details.pb.h"
#include "server/api/errors/error_details.h"
#include "server/api/validation/validate.h"
#include "tests/support/special_values.h"
#include "tests/support/status_matchers.h"

namespace zeus::bso::api {

using testing::kInfinity;
using testing::kNan;
inline constexpr double kMaxDouble = std::numeric_limits<double>::max();
inline constexpr int64_t kMinInt = std::numeric_limits<int64_t>::min();
inline constexpr int64_t kMaxInt = std::numeric_limits<int64_t>::max();

// The fields that the status names as wrong, in its order.
inline std::vector<std::string> WrongFields(const absl::Status& status) {
  google::rpc::BadRequest bad_request;
  if (const auto payload = status.GetPayload(TypeUrl<google::rpc::BadRequest>()); payload.has_value()) {
    bad_request.ParseFromString(std::string(*payload));
  }
  std::vector<std::string> fields;
  for (const auto& violation : bad_request.field_violations()) fields.push_back(violation.field());
  return fields;
}

template <typename Value>
void SetScalar(google::protobuf::Message& message, const google::protobuf::FieldDescriptor& field, const Value& value) {
  using google::protobuf::FieldDescriptor;
  const google::protobuf::Reflection& reflection = *message.GetReflection();
  if constexpr (std::is_same_v<Value, std::string>) {
    reflection.SetString(&message, &field, value);
  } else if constexpr (std::is_same_v<Value, double>) {
    reflection.SetDouble(&message, &field, value);
  } else if (field.cpp_type() == FieldDescriptor::CPPTYPE_ENUM) {
    reflection.SetEnumValue(&message, &field, static_cast<int>(value));
  } else if (field.cpp_type() == FieldDescriptor::CPPTYPE_INT32) {
    reflection.SetInt32(&message, &field, static_cast<int32_t>(value));
  } else {
    reflection.SetInt64(&message, &field, value);
  }
}

// Sets the field at a path such as "spec.eta_knob" or "arms[1].param_mean".
template <typename Value>
void SetField(google::protobuf::Message& message, const std::string& path, const Value& value) {
  const std::vector<std::string> steps = absl::StrSplit(path, absl::MaxSplits('.', 1));
  const std::vector<std::string> name_and_index = absl::StrSplit(steps[0], absl::ByAnyChar("[]"));
  const auto* const field = message.GetDescriptor()->FindFieldByName(name_and_index[0]);
  REQUIRE(field != nullptr);
  if (steps.size() == 1) return SetScalar(message, *field, value);
  const google::protobuf::Reflection& reflection = *message.GetReflection();
  int index = 0;
  const bool in_list = name_and_index.size() > 1 && absl::SimpleAtoi(name_and_index[1], &index);
  SetField(in_list ? *reflection.MutableRepeatedMessage(&message, field, index)
                   : *reflection.MutableMessage(&message, field),
           steps[1], value);
}

// Checks that `valid` with each of these values at `path` is refused, with that path named and no other, or passes.
template <typename Value, typename Request>
void CheckField(const Request& valid, const std::string& path, const std::vector<Value>& wrong,
                const std::vector<Value>& right) {
  CAPTURE(Request::descriptor()->name(), path);
  REQUIRE_THAT(Validate(valid), testing::IsOk());
  for (const Value& value : wrong) {
    CAPTURE(value);
    Request request = valid;
    SetField(request, path, value);
    const absl::Status status = Validate(request);
    CHECK_THAT(status, testing::FailsWith(Reason::kInvalidField));
    CHECK(WrongFields(status) == std::vector{path});
  }
  for (const Value& value : right) {
    CAPTURE(value);
    Request request = valid;
    SetField(request, path, value);
    CHECK_THAT(Validate(request), testing::IsOk());
  }
}

// The checks of fields that many requests have.
template <typename Request>
void CheckJobIdField(const Request& valid, const std::string& path = "job_id") {
  CheckField<std::string>(
      valid, path, {"", std::string(257, 'x'), std::string("a\0b", 3), "a\nb", "\x1f", "\x7f", "\u0080", "a\u009f"},
      {"x", std::string(256, 'x'), "with a space", "\u00a0", "\u00e9", "\u6f22"});
}

template <typename Request>
void CheckBatchSizeField(const Request& valid, const std::string& path = "batch_size") {
  CheckField<int64_t>(valid, path, {0, -1, kMinInt, (int64_t{1} << 40) + 1, kMaxInt}, {1, int64_t{1} << 40});
}

template <typename Request>
void CheckTrialNumberField(const Request& valid) {
  CheckField<int64_t>(valid, "trial_number", {0, -1, kMinInt}, {1, kMaxInt});
}

template <typename Request>
void CheckPageSizeField(const Request& valid) {
  CheckField<int64_t>(valid, "page_size", {-1, std::numeric_limits<int32_t>::min(), 1001}, {0, 1, 1000});
}

// A quantity: time or energy.
template <typename Request>
void CheckQuantityField(const Request& valid, const std::string& path) {
  CheckField<double>(valid, path, {-1e-300, -1, 1.001e50, kMaxDouble, kNan, kInfinity, -kInfinity}, {0, 1e-300, 1e50});
}

// A count that may be 0.
template <typename Request>
void CheckCountField(const Request& valid, const std::string& path) {
  CheckField<int64_t>(valid, path, {-1, kMinInt}, {0, 1, kMaxInt});
}

}  // namespace zeus::bso::api

#endif  // ZEUS_BSO_TESTS_SERVER_API_FIELD_CASES_H_

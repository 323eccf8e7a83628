#include "server/api/errors/field_errors.h"

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "tests/server/api/field_cases.h"

namespace zeus::bso::api {
namespace {

using Fields = std::vector<std::string>;
using testing::FailsWith;
using testing::IsOk;

TEST_CASE("Nothing wrong is OK") {
  FieldErrors errors;
  CHECK(errors.Check(true, "a", "must be right"));
  errors.CheckRange(0.5, 0.5, 0.5, "b");
  errors.CheckRange(int64_t{7}, 7, 7, "c");
  CHECK_THAT(errors.ToStatus(), IsOk());
}

TEST_CASE("Each wrong field is named with its rule, in the order of the checks") {
  FieldErrors errors;
  CHECK_FALSE(errors.Check(false, "spec.b", "must be even"));
  CHECK(errors.Check(true, "spec.c", "must be odd"));
  CHECK_FALSE(errors.Check(false, "a", "must be prime"));
  const absl::Status status = errors.ToStatus();
  CHECK_THAT(status, FailsWith(Reason::kInvalidField));
  CHECK(status.message() == "spec.b must be even; a must be prime");

  google::rpc::BadRequest bad_request;
  const auto payload = status.GetPayload(TypeUrl<google::rpc::BadRequest>());
  REQUIRE(payload.has_value());
  REQUIRE(bad_request.ParseFromString(std::string(*payload)));
  REQUIRE(bad_request.field_violations_size() == 2);
  CHECK(bad_request.field_violations(0).field() == "spec.b");
  CHECK(bad_request.field_violations(0).description() == "must be even");
  CHECK(bad_request.field_violations(1).field() == "a");
  CHECK(bad_request.field_violations(1).description() == "must be prime");
}

TEST_CASE("A range includes its ends and nothing beyond") {
  for (const double value : {1.0, 1.5, 2.0}) {
    FieldErrors errors;
    errors.CheckRange(value, 1.0, 2.0, "field");
    CHECK_THAT(errors.ToStatus(), IsOk());
  }
  for (const double value : {0.999999, 2.000001, -1.0, kInfinity, -kInfinity, kNan}) {
    CAPTURE(value);
    FieldErrors errors;
    errors.CheckRange(value, 1.0, 2.0, "field");
    CHECK(WrongFields(errors.ToStatus()) == Fields{"field"});
  }
}

TEST_CASE("A range of integers is exact up to the largest") {
  FieldErrors errors;
  errors.CheckRange(kMaxInt, 0, kMaxInt, "a");
  errors.CheckRange(kMaxInt, 0, kMaxInt - 1, "b");
  errors.CheckRange(kMinInt, kMinInt, 0, "c");
  errors.CheckRange(kMinInt, kMinInt + 1, 0, "d");
  CHECK(WrongFields(errors.ToStatus()) == Fields{"b", "d"});
}

TEST_CASE("A rule of a range says its ends and not the value") {
  FieldErrors errors;
  errors.CheckRange(int64_t{123456}, 1, 1000, "field");
  const std::string message(errors.ToStatus().message());
  CHECK(message.find("[1, 1000]") != std::string::npos);
  CHECK(message.find("123456") == std::string::npos);
}

TEST_CASE("Of many wrong fields the first twenty are named") {
  FieldErrors errors;
  Fields expected;
  for (int i = 0; i < 100; ++i) {
    const std::string field = absl::StrCat("field[", i, "]");
    if (i < 20) expected.push_back(field);
    CHECK_FALSE(errors.Check(false, field, "must be right"));
  }
  CHECK(WrongFields(errors.ToStatus()) == expected);
}

}  // namespace
}  // namespace zeus::bso::api

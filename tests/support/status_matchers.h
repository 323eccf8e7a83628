// Catch2 matchers for statuses: CHECK_THAT(status, IsOk()), CHECK_THAT(status, FailsWith(Reason::kJobNotFound)).
#ifndef ZEUS_BSO_TESTS_SUPPORT_STATUS_MATCHERS_H_
#define ZEUS_BSO_TESTS_SUPPORT_STATUS_MATCHERS_H_

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "catch2/catch.hpp"
#include "model/error.h"

namespace Catch {

template <>
struct StringMaker<absl::Status> {
  static std::string convert(const absl::Status& status) { return status.ToString(); }
};

}  // namespace Catch

namespace zeus::bso::testing {

class IsOk : public Catch::MatcherBase<absl::Status> {
 public:
  bool match(const absl::Status& status) const override { return status.ok(); }
  std::string describe() const override { return "is OK"; }
};

class FailsWith : public Catch::MatcherBase<absl::Status> {
 public:
  explicit FailsWith(Reason reason) : reason_(reason) {}
  bool match(const absl::Status& status) const override { return HasReason(status, reason_); }
  std::string describe() const override { return "fails with " + std::string(ReasonName(reason_)); }

 private:
  Reason reason_;
};

// The value of a StatusOr that must have one.
template <typename T>
T Value(absl::StatusOr<T> value) {
  INFO(value.status().ToString());
  REQUIRE(value.ok());
  return *std::move(value);
}

}  // namespace zeus::bso::testing

#endif  // ZEUS_BSO_TESTS_SUPPORT_STATUS_MATCHERS_H_

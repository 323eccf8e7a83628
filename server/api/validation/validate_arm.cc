#include "server/api/validation/validate_arm.h"

#include <cmath>

#include "absl/strings/str_cat.h"
#include "server/api/validation/bounds.h"

namespace zeus::bso::api {
namespace {

void CheckPrecision(double precision, absl::string_view field, FieldErrors& errors) {
  errors.Check(precision >= 0, field, "must be at least 0");
}

}  // namespace

void CheckBatchSize(int64_t batch_size, absl::string_view field, FieldErrors& errors) {
  errors.CheckRange(batch_size, 1, kMaxBatchSize, field);
}

void CheckArm(const v1::GaussianTsArm& arm, absl::string_view path, FieldErrors& errors) {
  CheckBatchSize(arm.batch_size(), absl::StrCat(path, ".batch_size"), errors);
  errors.Check(std::isfinite(arm.param_mean()), absl::StrCat(path, ".param_mean"), "must be finite");
  CheckPrecision(arm.param_precision(), absl::StrCat(path, ".param_precision"), errors);
  CheckPrecision(arm.reward_precision(), absl::StrCat(path, ".reward_precision"), errors);
  errors.CheckRange(arm.num_observations(), 0, kMaxCount, absl::StrCat(path, ".num_observations"));
}

}  // namespace zeus::bso::api

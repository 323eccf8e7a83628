#include "server/api/errors/field_errors.h"

#include "absl/strings/cord.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "model/error.h"
#include "server/api/errors/error_details.h"

namespace zeus::bso::api {
namespace {

// An error travels in the headers of an answer, whose size is bounded.
constexpr int kMaxViolations = 20;

}  // namespace

void FieldErrors::Add(absl::string_view field, absl::string_view rule) {
  if (bad_request_.field_violations_size() >= kMaxViolations) return;
  auto& violation = *bad_request_.add_field_violations();
  violation.set_field(absl::StrCat(prefix_, field));
  violation.set_description(std::string(rule));
}

bool FieldErrors::Check(bool ok, absl::string_view field, absl::string_view rule) {
  if (!ok) Add(field, rule);
  return ok;
}

void FieldErrors::CheckRange(double value, double least, double most, absl::string_view field) {
  if (!(value >= least && value <= most)) Add(field, absl::StrCat("must be in [", least, ", ", most, "]"));
}

void FieldErrors::CheckRange(int64_t value, int64_t least, int64_t most, absl::string_view field) {
  if (!(value >= least && value <= most)) Add(field, absl::StrCat("must be in [", least, ", ", most, "]"));
}

absl::Status FieldErrors::ToStatus() const {
  const auto& violations = bad_request_.field_violations();
  if (violations.empty()) return absl::OkStatus();
  absl::Status status =
      MakeError(Reason::kInvalidField, absl::StrJoin(violations, "; ", [](std::string* out, const auto& violation) {
                  absl::StrAppend(out, violation.field(), " ", violation.description());
                }));
  status.SetPayload(TypeUrl<google::rpc::BadRequest>(), absl::Cord(bad_request_.SerializeAsString()));
  return status;
}

}  // namespace zeus::bso::api

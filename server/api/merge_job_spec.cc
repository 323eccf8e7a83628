#include "server/api/merge_job_spec.h"

#include <set>
#include <string>

#include "model/status_macros.h"
#include "server/api/conversion/convert_job_spec.h"
#include "server/api/errors/field_errors.h"
#include "server/api/validation/validate_job_spec.h"

namespace zeus::bso::api {

absl::StatusOr<JobSpec> MergeJobSpec(const JobSpec& present, const v1::UpdateJobRequest& request) {
  v1::JobSpec merged;
  ToProto(present, merged);
  const v1::Policy policy = merged.policy();
  v1::JobSpec wanted = request.spec();
  const std::set<std::string> paths(request.update_mask().paths().begin(), request.update_mask().paths().end());
  for (const std::string& path : paths) {
    merged.GetReflection()->SwapFields(&wanted, &merged, {v1::JobSpec::descriptor()->FindFieldByName(path)});
  }
  const auto is_named = [&](const char* path) { return paths.contains(path); };
  if (is_named("beta_knob") && !is_named("disable_early_stop")) merged.set_disable_early_stop(false);
  if (is_named("disable_early_stop") && !is_named("beta_knob") && merged.disable_early_stop()) merged.clear_beta_knob();
  if (merged.policy() == v1::POLICY_UNSPECIFIED) merged.set_policy(policy);
  FieldErrors errors;
  CheckJobSpec(merged, JobId::kRequired, errors);
  ZB_RETURN_IF_ERROR(errors.ToStatus());
  return FromProto(merged);
}

}  // namespace zeus::bso::api

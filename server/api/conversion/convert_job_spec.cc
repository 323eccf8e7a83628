#include "server/api/conversion/convert_job_spec.h"

#include <algorithm>

#include "model/job_spec_fields.h"
#include "server/api/conversion/convert_enums.h"
#include "server/api/conversion/convert_time.h"

namespace zeus::bso::api {
namespace {

// Of zeus.bso.v1.JobSpec. The other defaults are those of JobSpec.
constexpr double kDefaultBetaKnob = 2.0;

}  // namespace

void ToProto(const JobSpec& spec, v1::JobSpec& message) {
  message.set_job_id(spec.job_id);
  FillSpec(spec, message);
  message.set_disable_early_stop(!spec.beta_knob.has_value());
  if (spec.trial_timeout.has_value()) *message.mutable_trial_timeout() = ToProto(*spec.trial_timeout);
  message.set_policy(ToProto(spec.policy));
}

JobSpec FromProto(const v1::JobSpec& message) {
  JobSpec spec = SpecFrom(message);
  spec.job_id = message.job_id();
  std::sort(spec.batch_sizes.begin(), spec.batch_sizes.end());
  if (message.disable_early_stop()) {
    spec.beta_knob.reset();
  } else if (!message.has_beta_knob()) {
    spec.beta_knob = kDefaultBetaKnob;
  }
  if (message.has_trial_timeout()) spec.trial_timeout = FromProto(message.trial_timeout());
  spec.policy = FromProto(message.policy());
  return spec;
}

}  // namespace zeus::bso::api

#include "server/api/validation/validate_job_spec.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "model/job.h"
#include "server/api/validation/bounds.h"

namespace zeus::bso::api {
namespace {

// Whether UTF-8 text has a control character: U+0000 to U+001F, U+007F to U+009F.
bool HasControlCharacter(absl::string_view text) {
  for (size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    if (byte < 0x20 || byte == 0x7f) return true;
    // U+0080 to U+009F are C2 80 to C2 9F.
    if (byte == 0xc2 && i + 1 < text.size() && static_cast<unsigned char>(text[i + 1]) < 0xa0) return true;
  }
  return false;
}

void CheckNames(const v1::JobSpec& spec, JobId job_id, FieldErrors& errors) {
  errors.Check(spec.job_id_prefix().size() <= kMaxJobIdPrefixBytes && !HasControlCharacter(spec.job_id_prefix()),
               "spec.job_id_prefix",
               absl::StrCat("must be at most ", kMaxJobIdPrefixBytes, " bytes without control characters"));
  if (!spec.job_id().empty() || job_id == JobId::kRequired) {
    CheckJobId(spec.job_id(), "spec.job_id", errors);
    errors.Check(absl::StartsWith(spec.job_id(), spec.job_id_prefix()), "spec.job_id",
                 "must begin with spec.job_id_prefix");
  } else {
    errors.Check(!spec.job_id_prefix().empty(), "spec.job_id_prefix", "must not be empty when spec.job_id is");
  }
  errors.Check(!spec.gpu_model().empty() && spec.gpu_model().size() <= kMaxGpuModelBytes, "spec.gpu_model",
               absl::StrCat("must have 1 to ", kMaxGpuModelBytes, " bytes"));
}

void CheckBatchSizes(const v1::JobSpec& spec, FieldErrors& errors) {
  std::vector<int64_t> sizes(spec.batch_sizes().begin(), spec.batch_sizes().end());
  errors.Check(!sizes.empty() && sizes.size() <= kMaxBatchSizes, "spec.batch_sizes",
               absl::StrCat("must have 1 to ", kMaxBatchSizes, " values"));
  std::sort(sizes.begin(), sizes.end());
  errors.Check(std::adjacent_find(sizes.begin(), sizes.end()) == sizes.end(), "spec.batch_sizes", "must be distinct");
  for (int i = 0; i < spec.batch_sizes_size(); ++i) {
    errors.CheckRange(spec.batch_sizes(i), 1, kMaxBatchSize, absl::StrCat("spec.batch_sizes[", i, "]"));
  }
  errors.Check(std::binary_search(sizes.begin(), sizes.end(), spec.default_batch_size()), "spec.default_batch_size",
               "must be one of spec.batch_sizes");
}

void CheckKnobs(const v1::JobSpec& spec, FieldErrors& errors) {
  errors.CheckRange(spec.eta_knob(), 0, 1, "spec.eta_knob");
  if (spec.has_beta_knob()) {
    errors.Check(spec.beta_knob() > 0 && std::isfinite(spec.beta_knob()), "spec.beta_knob",
                 "must be finite and greater than 0");
    errors.Check(!spec.disable_early_stop(), "spec.beta_knob", "must be absent when spec.disable_early_stop is true");
  }
  errors.Check(std::isfinite(spec.target_metric()), "spec.target_metric", "must be finite");
  if (spec.has_max_epochs()) errors.CheckRange(spec.max_epochs(), 1, kMaxCount, "spec.max_epochs");
  errors.CheckRange(spec.num_pruning_rounds(), 0, kMaxPruningRounds, "spec.num_pruning_rounds");
}

void CheckBandit(const v1::JobSpec& spec, FieldErrors& errors) {
  errors.CheckRange(spec.window_size(), 0, kMaxCount, "spec.window_size");
  errors.CheckRange(spec.mab_prior_mean(), -kMaxCost, kMaxCost, "spec.mab_prior_mean");
  errors.CheckRange(spec.mab_prior_precision(), 0.0, kMaxCost, "spec.mab_prior_precision");
  errors.CheckRange(spec.mab_num_explorations(), 0, kMaxCount, "spec.mab_num_explorations");
}

void CheckHardware(const v1::JobSpec& spec, FieldErrors& errors) {
  errors.Check(spec.max_power() > 0 && spec.max_power() <= kMaxQuantity, "spec.max_power",
               absl::StrCat("must be greater than 0 and at most ", kMaxQuantity));
  errors.CheckRange(spec.number_of_gpus(), 1, kMaxCount, "spec.number_of_gpus");
}

void CheckFailures(const v1::JobSpec& spec, FieldErrors& errors) {
  const google::protobuf::Duration& timeout = spec.trial_timeout();
  if (timeout.seconds() != 0 || timeout.nanos() != 0) {
    CheckDuration(timeout, kMinTrialTimeout, kMaxTrialTimeout, "spec.trial_timeout",
                  "must be 0, or from 1 ms to 3,650 days", errors);
  }
  errors.CheckRange(spec.max_failures_per_batch_size(), 0, kMaxCount, "spec.max_failures_per_batch_size");
}

void CheckPolicy(const v1::JobSpec& spec, FieldErrors& errors) {
  errors.Check(v1::Policy_IsValid(spec.policy()), "spec.policy", "must be one of Policy");
  errors.Check(spec.policy() != v1::POLICY_CURVES || spec.batch_sizes_size() <= kMaxCurvesBatchSizes,
               "spec.batch_sizes",
               absl::StrCat("must have at most ", kMaxCurvesBatchSizes, " values with POLICY_CURVES"));
}

}  // namespace

void CheckDuration(const google::protobuf::Duration& duration, absl::Duration least, absl::Duration most,
                   absl::string_view field, absl::string_view rule, FieldErrors& errors) {
  const absl::Duration value = absl::Seconds(duration.seconds()) + absl::Nanoseconds(duration.nanos());
  const bool well_formed = duration.nanos() >= 0 && duration.nanos() < 1'000'000'000;
  errors.Check(well_formed && value >= least && value <= most, field, rule);
}

void CheckClientId(absl::string_view client_id, absl::string_view field, FieldErrors& errors) {
  if (client_id.size() <= kMaxClientIdBytes && !HasControlCharacter(client_id)) return;
  errors.Add(field, absl::StrCat("must have at most ", kMaxClientIdBytes, " bytes without control characters"));
}

void CheckReason(absl::string_view reason, absl::string_view field, FieldErrors& errors) {
  if (!reason.empty() && reason.size() <= kMaxReasonBytes && !HasControlCharacter(reason)) return;
  errors.Add(field, absl::StrCat("must have 1 to ", kMaxReasonBytes, " bytes without control characters"));
}

void CheckJobId(absl::string_view job_id, absl::string_view field, FieldErrors& errors) {
  if (!job_id.empty() && job_id.size() <= kMaxJobIdBytes && !HasControlCharacter(job_id)) return;
  errors.Add(field, absl::StrCat("must have 1 to ", kMaxJobIdBytes, " bytes without control characters"));
}

void CheckJobSpec(const v1::JobSpec& spec, JobId job_id, FieldErrors& errors) {
  CheckNames(spec, job_id, errors);
  CheckBatchSizes(spec, errors);
  CheckKnobs(spec, errors);
  CheckBandit(spec, errors);
  CheckHardware(spec, errors);
  CheckFailures(spec, errors);
  CheckPolicy(spec, errors);
}

}  // namespace zeus::bso::api

#include "server/api/validation/validate.h"

#include <algorithm>
#include <cstdint>
#include <set>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "model/job.h"
#include "server/api/errors/field_errors.h"
#include "server/api/validation/bounds.h"
#include "server/api/validation/request_id.h"
#include "server/api/validation/validate_arm.h"
#include "server/api/validation/validate_job_spec.h"

namespace zeus::bso::api {
namespace {

// The fields that name a trial, of any request that has them.
template <typename Request>
void CheckTrialName(const Request& request, FieldErrors& errors) {
  CheckJobId(request.job_id(), "job_id", errors);
  CheckBatchSize(request.batch_size(), "batch_size", errors);
  errors.CheckRange(request.trial_number(), 1, kMaxCount, "trial_number");
}

// The whole check of a request that has nothing but a job_id.
absl::Status CheckJobIdOnly(absl::string_view job_id) {
  FieldErrors errors;
  CheckJobId(job_id, "job_id", errors);
  return errors.ToStatus();
}

// The whole check of a request that has a job_id and a batch_size.
template <typename Request>
absl::Status CheckJobIdAndBatchSize(const Request& request) {
  FieldErrors errors;
  CheckJobId(request.job_id(), "job_id", errors);
  CheckBatchSize(request.batch_size(), "batch_size", errors);
  return errors.ToStatus();
}

// The whole check of a request that has nothing but the name of a trial.
template <typename Request>
absl::Status CheckTrialNameOnly(const Request& request) {
  FieldErrors errors;
  CheckTrialName(request, errors);
  return errors.ToStatus();
}

void CheckRequestId(absl::string_view request_id, FieldErrors& errors) {
  errors.Check(request_id.empty() || ParseRequestId(request_id).has_value(), "request_id",
               "must be a UUID, such as 123e4567-e89b-42d3-a456-426614174000, or empty");
}

// Why a trial failed, as a caller may say it.
void CheckFailure(v1::TrialFailure failure, FieldErrors& errors) {
  errors.Check(v1::TrialFailure_IsValid(failure) && failure != v1::TRIAL_FAILURE_TIMED_OUT, "failure",
               "must be TRIAL_FAILURE_FAILED, _INFEASIBLE, _CANCELLED or _NOT_CONVERGED, or unspecified");
}

// What is added to a report; the sums are within its bounds, too.
void CheckBase(const v1::ReportResultRequest& request, FieldErrors& errors) {
  const v1::ReportBase& base = request.base();
  const auto rest = [](double reported) {
    return reported >= 0 && reported <= kMaxQuantity ? kMaxQuantity - reported : 0;
  };
  errors.CheckRange(base.time_seconds(), 0, rest(request.time_seconds()), "base.time_seconds");
  errors.CheckRange(base.energy_joules(), 0, rest(request.energy_joules()), "base.energy_joules");
  errors.CheckRange(base.epochs(), 0, kMaxCount - std::max<int64_t>(request.current_epoch(), 0), "base.epochs");
}

void CheckPageSize(int32_t page_size, FieldErrors& errors) {
  errors.CheckRange(int64_t{page_size}, 0, kMaxPageSize, "page_size");
}

}  // namespace

absl::Status Validate(const v1::RegisterJobRequest& request) {
  FieldErrors errors;
  CheckJobSpec(request.spec(), JobId::kOptional, errors);
  CheckRequestId(request.request_id(), errors);
  errors.Check(v1::IfExists_IsValid(request.if_exists()), "if_exists", "must be one of IfExists");
  if (!request.warm_start().empty()) {
    CheckJobId(request.warm_start(), "warm_start", errors);
    errors.Check(request.spec().policy() != v1::POLICY_ZEUS, "warm_start", "must be empty with POLICY_ZEUS");
  }
  return errors.ToStatus();
}

absl::Status Validate(const v1::ProfileJobRequest& request) {
  FieldErrors errors;
  CheckJobId(request.job_id(), "job_id", errors);
  errors.Check(request.profiles_size() >= 1 && request.profiles_size() <= kMaxCurvesBatchSizes, "profiles",
               absl::StrCat("must have 1 to ", kMaxCurvesBatchSizes, " values"));
  std::set<int64_t> sizes;
  for (int i = 0; i < request.profiles_size(); ++i) {
    const v1::EpochProfile& profile = request.profiles(i);
    const std::string path = absl::StrCat("profiles[", i, "]");
    CheckBatchSize(profile.batch_size(), absl::StrCat(path, ".batch_size"), errors);
    errors.Check(sizes.insert(profile.batch_size()).second, absl::StrCat(path, ".batch_size"), "must be distinct");
    errors.CheckRange(profile.seconds(), 0.0, kMaxQuantity, absl::StrCat(path, ".seconds"));
    errors.CheckRange(profile.joules(), 0.0, kMaxQuantity, absl::StrCat(path, ".joules"));
    if (!profile.has_relative_error()) continue;
    errors.CheckRange(profile.relative_error(), kMinRelativeError, kMaxRelativeError,
                      absl::StrCat(path, ".relative_error"));
  }
  return errors.ToStatus();
}

absl::Status Validate(const v1::StartTrialRequest& request) {
  FieldErrors errors;
  CheckJobId(request.job_id(), "job_id", errors);
  CheckRequestId(request.request_id(), errors);
  CheckClientId(request.client_id(), "client_id", errors);
  return errors.ToStatus();
}

absl::Status Validate(const v1::ReportResultRequest& request) {
  FieldErrors errors;
  CheckTrialName(request, errors);
  errors.CheckRange(request.time_seconds(), 0, kMaxQuantity, "time_seconds");
  errors.CheckRange(request.energy_joules(), 0, kMaxQuantity, "energy_joules");
  errors.CheckRange(request.current_epoch(), 0, kMaxCount, "current_epoch");
  if (request.has_base()) CheckBase(request, errors);
  return errors.ToStatus();
}

absl::Status Validate(const v1::HeartbeatRequest& request) {
  FieldErrors errors;
  CheckTrialName(request, errors);
  if (request.has_interval()) {
    CheckDuration(request.interval(), kMinTrialTimeout, kMaxTrialTimeout, "interval", "must be from 1 ms to 3,650 days",
                  errors);
  }
  return errors.ToStatus();
}

absl::Status Validate(const v1::UpdateJobRequest& request) {
  FieldErrors errors;
  CheckJobId(request.spec().job_id(), "spec.job_id", errors);
  errors.Check(request.update_mask().paths_size() > 0, "update_mask", "must name at least one field of spec");
  const auto is_unknown = [](const std::string& path) {
    return v1::JobSpec::descriptor()->FindFieldByName(path) == nullptr;
  };
  const auto& paths = request.update_mask().paths();
  const auto unknown = std::find_if(paths.begin(), paths.end(), is_unknown);
  if (unknown != paths.end()) {
    constexpr size_t kMostQuoted = 64;
    errors.Add("update_mask", absl::StrCat("must name fields of JobSpec, and '",
                                           absl::CHexEscape(unknown->substr(0, kMostQuoted)), "' is none"));
  }
  return errors.ToStatus();
}

absl::Status Validate(const v1::VoidTrialRequest& request) {
  FieldErrors errors;
  CheckTrialName(request, errors);
  CheckReason(request.reason(), "reason", errors);
  return errors.ToStatus();
}

absl::Status Validate(const v1::ResetBatchSizeRequest& request) { return CheckJobIdAndBatchSize(request); }

absl::Status Validate(const v1::EndTrialRequest& request) {
  FieldErrors errors;
  CheckTrialName(request, errors);
  CheckFailure(request.failure(), errors);
  return errors.ToStatus();
}

absl::Status Validate(const v1::DeleteJobRequest& request) { return CheckJobIdOnly(request.job_id()); }

absl::Status Validate(const v1::ListJobsRequest& request) {
  FieldErrors errors;
  CheckPageSize(request.page_size(), errors);
  errors.Check(request.job_id_prefix().size() <= kMaxJobIdBytes, "job_id_prefix",
               absl::StrCat("must have at most ", kMaxJobIdBytes, " bytes"));
  return errors.ToStatus();
}

absl::Status Validate(const v1::ListTrialsRequest& request) {
  FieldErrors errors;
  CheckJobId(request.job_id(), "job_id", errors);
  CheckPageSize(request.page_size(), errors);
  if (request.has_batch_size()) CheckBatchSize(request.batch_size(), "batch_size", errors);
  return errors.ToStatus();
}

absl::Status Validate(const v1::WatchJobRequest& request) {
  FieldErrors errors;
  CheckJobId(request.job_id(), "job_id", errors);
  // There is always a later one: that of a deletion that was missed.
  if (request.has_seen()) errors.CheckRange(request.seen().revision(), 1, kMaxCount - 1, "seen.revision");
  return errors.ToStatus();
}

absl::Status Validate(const v1::ExplainJobRequest& request) { return CheckJobIdOnly(request.job_id()); }

absl::Status Validate(const v1::GetArmsRequest& request) { return CheckJobIdOnly(request.job_id()); }

absl::Status Validate(const v1::GetArmRequest& request) { return CheckJobIdAndBatchSize(request); }

absl::Status Validate(const v1::GetExplorationsOfJobRequest& request) { return CheckJobIdOnly(request.job_id()); }

absl::Status Validate(const v1::UpdateTrialRequest& request) {
  FieldErrors errors;
  CheckTrialName(request, errors);
  const bool failed = request.status() == v1::TRIAL_STATUS_FAILED;
  const bool succeeded = request.status() == v1::TRIAL_STATUS_SUCCEEDED;
  errors.Check(failed || succeeded, "status", "must be TRIAL_STATUS_SUCCEEDED or TRIAL_STATUS_FAILED");
  const auto check_presence = [&](bool present, absl::string_view field) {
    errors.Check(!failed || !present, field, "must be absent for a trial that failed");
    errors.Check(!succeeded || present, field, "must be present for a trial that succeeded");
  };
  check_presence(request.has_time_seconds(), "time_seconds");
  check_presence(request.has_energy_joules(), "energy_joules");
  check_presence(request.has_converged(), "converged");
  CheckFailure(request.failure(), errors);
  errors.Check(!succeeded || request.failure() == v1::TRIAL_FAILURE_UNSPECIFIED, "failure",
               "must be unspecified for a trial that succeeded");
  errors.CheckRange(request.time_seconds(), 0, kMaxQuantity, "time_seconds");
  errors.CheckRange(request.energy_joules(), 0, kMaxQuantity, "energy_joules");
  errors.CheckRange(request.epochs(), 0, kMaxCount, "epochs");
  return errors.ToStatus();
}

absl::Status Validate(const v1::UpdateArmStateRequest& request) {
  FieldErrors errors;
  CheckJobId(request.arm().job_id(), "arm.job_id", errors);
  errors.CheckRange(request.trial_number(), 1, kMaxCount, "trial_number");
  CheckArm(request.arm(), "arm", errors);
  return errors.ToStatus();
}

absl::Status Validate(const v1::UpdateExpDefaultBatchSizeRequest& request) { return CheckJobIdAndBatchSize(request); }

absl::Status Validate(const v1::CreateTrialRequest& request) {
  FieldErrors errors;
  CheckJobId(request.job_id(), "job_id", errors);
  CheckBatchSize(request.batch_size(), "batch_size", errors);
  errors.Check(request.type() != v1::TRIAL_TYPE_UNSPECIFIED && v1::TrialType_IsValid(request.type()), "type",
               "must be one of TrialType");
  return errors.ToStatus();
}

absl::Status Validate(const v1::GetRandomChoicesRequest& request) {
  FieldErrors errors;
  CheckJobId(request.job_id(), "job_id", errors);
  errors.Check(request.choices_size() >= 1 && request.choices_size() <= kMaxBatchSizes, "choices",
               absl::StrCat("must have 1 to ", kMaxBatchSizes, " values"));
  return errors.ToStatus();
}

absl::Status Validate(const v1::GetNormalRequest& request) {
  FieldErrors errors;
  CheckJobId(request.job_id(), "job_id", errors);
  errors.CheckRange(request.loc(), -kMaxCost, kMaxCost, "loc");
  errors.CheckRange(request.scale(), 0.0, kMaxCost, "scale");
  return errors.ToStatus();
}

absl::Status Validate(const v1::GetJobRequest& request) { return CheckJobIdOnly(request.job_id()); }

absl::Status Validate(const v1::GetTrialRequest& request) { return CheckTrialNameOnly(request); }

absl::Status Validate(const v1::CreateJobRequest& request) {
  FieldErrors errors;
  CheckJobSpec(request.spec(), JobId::kRequired, errors);
  return errors.ToStatus();
}

absl::Status Validate(const v1::GetTrialResultsOfBatchSizeRequest& request) { return CheckJobIdAndBatchSize(request); }

absl::Status Validate(const v1::CreateArmsRequest& request) {
  FieldErrors errors;
  CheckJobId(request.job_id(), "job_id", errors);
  errors.Check(request.arms_size() <= kMaxBatchSizes, "arms", absl::StrCat("must have at most ", kMaxBatchSizes));
  std::set<int64_t> sizes;
  for (int i = 0; i < request.arms_size(); ++i) {
    const v1::GaussianTsArm& arm = request.arms(i);
    const std::string path = absl::StrCat("arms[", i, "]");
    CheckArm(arm, path, errors);
    errors.Check(arm.job_id().empty() || arm.job_id() == request.job_id(), absl::StrCat(path, ".job_id"),
                 "must be empty or that of the request");
    errors.Check(sizes.insert(arm.batch_size()).second, absl::StrCat(path, ".batch_size"), "must be distinct");
  }
  return errors.ToStatus();
}

absl::Status Validate(const v1::UpdateJobStageRequest& request) {
  FieldErrors errors;
  CheckJobId(request.job_id(), "job_id", errors);
  errors.Check(request.stage() == v1::STAGE_MAB, "stage", "must be STAGE_MAB: a job never goes back");
  return errors.ToStatus();
}

absl::Status Validate(const v1::SequenceRequest& request) {
  FieldErrors errors;
  errors.CheckRange(int64_t{request.requests_size()}, 1, kMaxSequence, "sequence.requests");
  for (int i = 0; i < std::min(request.requests_size(), kMaxSequence); ++i) {
    const v1::SessionRequest& part = request.requests(i);
    if (part.has_sequence()) errors.Add(absl::StrCat("sequence.requests[", i, "]"), "must not be a sequence");
    if (part.has_commit() && i + 1 < request.requests_size()) {
      errors.Add(absl::StrCat("sequence.requests[", i, "]"), "must not be a commit, as it is not the last");
    }
  }
  return errors.ToStatus();
}

absl::Status Validate(const v1::ExportJobRequest& request) { return CheckJobIdOnly(request.job_id()); }

}  // namespace zeus::bso::api

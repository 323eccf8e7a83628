#include "server/api/transfer/job_import.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "model/curves_check.h"
#include "model/error.h"
#include "model/record_fields.h"
#include "model/status_macros.h"
#include "server/api/access/needed_role.h"
#include "server/api/conversion/convert.h"
#include "server/api/validation/bounds.h"
#include "server/api/validation/validate_job_record.h"
#include "server/service/zeus_service.h"

namespace zeus::bso::api {

absl::Status JobImport::Take(const v1::JobRecord& record) {
  if (++num_records_ > kMaxImportedRecords) {
    return MakeError(Reason::kSessionTooLong,
                     absl::StrCat("more than ", kMaxImportedRecords, " records in one import; nothing was changed"));
  }
  ZB_RETURN_IF_ERROR(Validate(record));
  switch (record.record_case()) {
    case v1::JobRecord::kJob:
      return TakeJob(record.job());
    case v1::JobRecord::kCurvesJob:
      return TakeCurvesJob(record.curves_job());
    case v1::JobRecord::kCurvesSize:
      return TakeCurvesSize(record.curves_size());
    case v1::JobRecord::kCurvesBase:
      return TakeCurvesBase(record.curves_base());
    case v1::JobRecord::kCollectedSize:
      return TakeCollectedSize(record.collected_size());
    case v1::JobRecord::kArm:
      return TakeArm(record.arm());
    case v1::JobRecord::kCostMoments:
      return TakeCostMoments(record.cost_moments());
    case v1::JobRecord::kTrial:
      return TakeTrial(record.trial());
    default:
      return TakeEnd(record.end());
  }
}

absl::Status JobImport::CheckIsWhole() const {
  if (part_ == Part::kNothing) return absl::OkStatus();
  return InvalidField("end", "must be the last record: the job is not whole");
}

void JobImport::FillIn(v1::ImportJobResponse& response) const { ToProto(*job_, *response.mutable_job()); }

absl::Status JobImport::Advance(Part part, const char* name) {
  if (job_ == nullptr && part != Part::kJob) return InvalidField("job", "must be the first record");
  if (part < part_ || part_ == Part::kNothing || (part == Part::kJob && job_ != nullptr)) {
    return InvalidField(name,
                        "must come before: job, curves_job, curves_sizes, curves_base, collected_sizes, arms, "
                        "cost_moments, trials, end");
  }
  if (part != Part::kJob) ZB_RETURN_IF_ERROR(CheckCurvesBefore(part));
  if (part != part_) last_batch_size_ = 0;
  part_ = part;
  return absl::OkStatus();
}

absl::Status JobImport::CheckCurvesBefore(Part part) const {
  const bool follows_curves = job_->spec.policy == PolicyKind::kCurves;
  // What POLICY_CURVES would have learned from collected trials.
  const bool is_base_of_zeus = part == Part::kCurvesBase && job_->history.has_value();
  const bool is_of_curves =
      part == Part::kCurvesJob || part == Part::kCurvesSizes || (part == Part::kCurvesBase && !is_base_of_zeus);
  const bool is_of_zeus = part == Part::kArms || part == Part::kCostMoments;
  if (is_of_curves && !follows_curves) {
    return InvalidField("curves_job", "must be absent unless job.spec.policy is POLICY_CURVES");
  }
  if (!follows_curves || part == Part::kCurvesJob) return absl::OkStatus();
  if (is_of_zeus) return InvalidField("arm", "and cost_moments must be absent with POLICY_CURVES");
  if (!has_curves_job_) return InvalidField("curves_job", "must come directly after a job with POLICY_CURVES");
  if (part != Part::kCurvesSizes && curves_sizes_.size() != job_->spec.batch_sizes.size()) {
    return InvalidField("curves_size", "must come for each of job.spec.batch_sizes");
  }
  return absl::OkStatus();
}

absl::Status JobImport::CheckBatchSize(int64_t batch_size, const char* field) {
  const std::vector<int64_t>& sizes = job_->spec.batch_sizes;
  if (!std::binary_search(sizes.begin(), sizes.end(), batch_size)) {
    return InvalidField(field, "must be one of job.spec.batch_sizes");
  }
  if (batch_size <= last_batch_size_) return InvalidField(field, "must be greater than the one before");
  last_batch_size_ = batch_size;
  return absl::OkStatus();
}

absl::Status JobImport::TakeJob(const v1::Job& message) {
  ZB_RETURN_IF_ERROR(Advance(Part::kJob, "job"));
  Job job = FromProto(message);
  job.num_running_trials = 0;
  is_learning_anew_ = message.is_learning_anew();
  if (job.spec.policy == PolicyKind::kCurves) job.curves.emplace();
  const std::string job_id = job.spec.job_id;
  ZB_RETURN_IF_ERROR(permissions_.CheckNewJob(job_id, "", NeededRole<v1::JobRecord>()));
  ZB_RETURN_IF_ERROR(ZeusService(*session_, clock_(), limits_).RestoreJob(std::move(job)));
  ZB_ASSIGN_OR_RETURN(job_, session_->FetchedJob(job_id));
  // Trials that end from now on are none that the base covers.
  return session_->RaiseRevision(job_id, job_->history.has_value() ? job_->history->end_revision : 0);
}

absl::Status JobImport::TakeCurvesJob(const v1::CurvesJobState& message) {
  if (has_curves_job_) return InvalidField("curves_job", "must come once");
  ZB_RETURN_IF_ERROR(Advance(Part::kCurvesJob, "curves_job"));
  has_curves_job_ = true;
  const CurvesJob curves = CurvesJobFrom(message);
  if (const absl::string_view invalid = FirstInvalidField(curves, job_->spec.batch_sizes); !invalid.empty()) {
    return InvalidField(absl::StrCat("curves_job.", invalid), "must be within its bounds");
  }
  ZB_ASSIGN_OR_RETURN(Job* const job, session_->MutableJob(job_->spec.job_id));
  job->curves = curves;
  // Changes from now on have greater revisions.
  return session_->RaiseRevision(job_->spec.job_id, curves.changes.empty() ? 0 : curves.changes.back().revision);
}

absl::Status JobImport::TakeCurvesSize(const v1::CurvesSizeState& message) {
  ZB_RETURN_IF_ERROR(Advance(Part::kCurvesSizes, "curves_size"));
  ZB_RETURN_IF_ERROR(CheckBatchSize(message.batch_size(), "curves_size.batch_size"));
  const CurvesSize& size = curves_sizes_.emplace_back(CurvesSizeFrom(message.batch_size(), message));
  if (const absl::string_view invalid = FirstInvalidField(size, *job_->curves); !invalid.empty()) {
    return InvalidField(absl::StrCat("curves_size.", invalid), "must be within its bounds");
  }
  const int64_t revision = std::max({size.added_revision, size.reset_revision, size.profile_revision});
  ZB_RETURN_IF_ERROR(session_->RaiseRevision(job_->spec.job_id, revision));
  return session_->PutCurvesSize(job_->spec.job_id, size);
}

absl::Status JobImport::TakeCurvesBase(const v1::CurvesBase& message) {
  if (part_ == Part::kCurvesBase) return InvalidField("curves_base", "must come once");
  ZB_RETURN_IF_ERROR(Advance(Part::kCurvesBase, "curves_base"));
  has_curves_base_ = true;
  CurvesBase base{.job = CurvesJobFrom(message.job()), .sizes = {}};
  for (const v1::CurvesSizeState& size : message.sizes()) {
    base.sizes.push_back(CurvesSizeFrom(size.batch_size(), size));
  }
  if (const absl::string_view invalid = FirstInvalidField(base); !invalid.empty()) {
    return InvalidField(absl::StrCat("curves_base.", invalid), "must be within its bounds");
  }
  const std::vector<int64_t>& sizes = job_->spec.batch_sizes;
  for (const CurvesSize& size : base.sizes) {
    if (std::binary_search(sizes.begin(), sizes.end(), size.batch_size)) continue;
    return InvalidField("curves_base.sizes", "must be of job.spec.batch_sizes");
  }
  return session_->PutCurvesBase(job_->spec.job_id, base);
}

absl::Status JobImport::TakeCollectedSize(const v1::CollectedSize& message) {
  ZB_RETURN_IF_ERROR(Advance(Part::kCollectedSizes, "collected_size"));
  if (!job_->history.has_value()) return InvalidField("collected_size", "must be absent unless job.history is present");
  ZB_RETURN_IF_ERROR(CheckBatchSize(message.batch_size(), "collected_size.batch_size"));
  const CollectedSize size = CollectedSizeFrom(message.batch_size(), message);
  CollectedSize of_curves{.batch_size = size.batch_size, .counts = size.counts, .cheapest = size.cheapest};
  if (job_->curves.has_value() && size != of_curves) {
    return InvalidField("collected_size", "must have none of the fields of POLICY_ZEUS");
  }
  if (job_->spec.window_size != 0 && size.costs.count != 0) {
    return InvalidField("collected_size.costs", "must be absent unless window_size is 0");
  }
  if (size.counts.num_trials > job_->history->num_collected - num_counted_collected_) {
    return InvalidField("collected_size.num_trials", "must not be more than were collected, all sizes together");
  }
  num_counted_collected_ += size.counts.num_trials;
  CurvesSize& counts = counts_[size.batch_size];
  counts.num_trials = size.counts.num_trials;
  counts.num_converged = size.counts.num_converged;
  counts.num_failed = size.counts.num_failed;
  outcomes_.Add(*job_, size);
  return session_->PutCollectedSize(job_->spec.job_id, size);
}

absl::Status JobImport::CheckNumber(int64_t trial_number) {
  const int64_t begin = job_->history.has_value() ? job_->history->begin : 1;
  const int64_t before = std::exchange(last_trial_, trial_number);
  if (trial_number < begin ? trial_number > before : trial_number == std::max(before + 1, begin)) {
    return absl::OkStatus();
  }
  return InvalidField("trial.trial_number", "must be the next one");
}

absl::Status JobImport::CheckNumbers() const {
  if (!job_->history.has_value()) return absl::OkStatus();
  const int64_t last = std::max(last_trial_, job_->history->begin - 1);
  if (const int64_t num_missing = last - num_trials_; num_missing != job_->history->num_collected) {
    return InvalidField("job.history.num_collected", absl::StrCat("must be ", num_missing, ", as many as are missing"));
  }
  return absl::OkStatus();
}

void JobImport::Count(const Trial& trial) {
  const bool is_running = trial.status == TrialStatus::kDispatched;
  const auto size = std::lower_bound(curves_sizes_.begin(), curves_sizes_.end(), trial.batch_size,
                                     [](const CurvesSize& of, int64_t wanted) { return of.batch_size < wanted; });
  if (size == curves_sizes_.end() || size->batch_size != trial.batch_size) {
    if (is_running) ++num_running_elsewhere_;
    return;
  }
  // It ended before the size was added to the job again.
  if (!is_running && trial.end_revision.value_or(0) < size->added_revision) return;
  CurvesSize& counts = counts_[trial.batch_size];
  ++counts.num_trials;
  if (is_running) ++counts.state.pending;
  if (is_running || trial.voided.has_value() || trial.failure == TrialFailure::kCancelled) return;
  if (trial.result.has_value() && trial.result->converged) {
    ++counts.num_converged;
  } else {
    ++counts.num_failed;  // Also one that a report ended.
  }
}

absl::Status JobImport::CheckCurvesSizes() {
  const int64_t last = num_trials_ + (job_->history.has_value() ? job_->history->num_collected : 0);
  for (const CurvesSize& size : curves_sizes_) {
    const CurvesSize& counts = counts_[size.batch_size];
    const auto check = [&](int64_t given, int64_t counted, absl::string_view field, absl::string_view trials) {
      if (given == counted) return absl::OkStatus();
      return InvalidField(absl::StrCat("curves_size.", field),
                          absl::StrCat("must be ", counted, ", as many as the trials of batch size ", size.batch_size,
                                       " that ", trials));
    };
    ZB_RETURN_IF_ERROR(check(size.state.pending, counts.state.pending, "pending", "are running"));
    ZB_RETURN_IF_ERROR(check(size.num_trials, counts.num_trials, "num_trials", "were started"));
    ZB_RETURN_IF_ERROR(check(size.num_converged, counts.num_converged, "num_converged", "converged"));
    ZB_RETURN_IF_ERROR(
        check(size.num_failed, counts.num_failed, "num_failed", "ended without converging and were not cancelled"));
    if (std::max({size.last_converged_trial, size.last_failed_trial, size.last_infeasible_trial}) > last) {
      return InvalidField("curves_size",
                          absl::StrCat("must name trials of the job only, batch size ", size.batch_size));
    }
  }
  if (job_->curves.has_value() && job_->curves->num_running_elsewhere != num_running_elsewhere_) {
    return InvalidField("curves_job.num_running_elsewhere",
                        absl::StrCat("must be ", num_running_elsewhere_,
                                     ", as many as the trials that run at other sizes than the job's"));
  }
  return absl::OkStatus();
}

absl::Status JobImport::TakeArm(const v1::GaussianTsArm& message) {
  ZB_RETURN_IF_ERROR(Advance(Part::kArms, "arm"));
  if (message.job_id() != job_->spec.job_id) return InvalidField("arm.job_id", "must be that of the job");
  ZB_RETURN_IF_ERROR(CheckBatchSize(message.batch_size(), "arm.batch_size"));
  return session_->InsertArm(job_->spec.job_id, FromProto(message));
}

absl::Status JobImport::TakeCostMoments(const v1::CostMoments& message) {
  ZB_RETURN_IF_ERROR(Advance(Part::kCostMoments, "cost_moments"));
  if (job_->spec.window_size != 0) return InvalidField("cost_moments", "must be absent unless window_size is 0");
  ZB_RETURN_IF_ERROR(CheckBatchSize(message.batch_size(), "cost_moments.batch_size"));
  const CostMoments moments = FromProto(message);
  moments_[message.batch_size()] = moments;
  return session_->PutCostMoments(job_->spec.job_id, message.batch_size(), moments);
}

absl::Status JobImport::TakeTrial(const v1::Trial& message) {
  ZB_RETURN_IF_ERROR(Advance(Part::kTrials, "trial"));
  if (message.job_id() != job_->spec.job_id) return InvalidField("trial.job_id", "must be that of the job");
  ZB_RETURN_IF_ERROR(CheckNumber(message.trial_number()));
  if (++num_trials_ == 1 && job_->history.has_value()) {
    ZB_ASSIGN_OR_RETURN(Job* const job, session_->MutableJob(job_->spec.job_id));
    job->history->first = std::min(message.trial_number(), job->history->begin);
  }
  const bool follows_curves = job_->curves.has_value();
  const std::vector<int64_t>& sizes = job_->spec.batch_sizes;
  const auto check_size = [&](int64_t batch_size, absl::string_view field) {
    // A job of POLICY_CURVES keeps the trials of sizes that were removed from it.
    if (follows_curves || std::binary_search(sizes.begin(), sizes.end(), batch_size)) return absl::OkStatus();
    return InvalidField(field, "must be one of job.spec.batch_sizes");
  };
  ZB_RETURN_IF_ERROR(check_size(message.batch_size(), "trial.batch_size"));
  Trial trial = FromProto(message);
  if (message.job_uid() != 0) trial.former_job_uid = message.job_uid();
  // A job of POLICY_CURVES may have followed the other one before.
  if (IsOfCurves(trial.type) && !follows_curves) return InvalidField("trial.type", "must be one of the job's policy");
  if (!job_->curves.has_value() && trial.final_report.has_value() && IsOfCurves(trial.final_report->reason)) {
    return InvalidField("trial.end_reason", "must be one of the job's policy");
  }
  if (message.has_limit_batch_size()) {
    ZB_RETURN_IF_ERROR(check_size(message.limit_batch_size(), "trial.limit_batch_size"));
  }
  if (follows_curves) Count(trial);
  if (trial.status != TrialStatus::kDispatched) {
    outcomes_.Add(*job_, trial);
    return ZeusService(*session_, clock_(), limits_).RestoreTrial(std::move(trial));
  }
  if (!trial.client_id.empty() && !running_clients_.insert(trial.client_id).second) {
    return InvalidField("trial.client_id", "must not be that of another running trial");
  }
  running_trials_.push_back(std::move(trial));
  return absl::OkStatus();
}

absl::Status JobImport::TakeEnd(const v1::JobEnd& message) {
  ZB_RETURN_IF_ERROR(Advance(Part::kNothing, "end"));
  if (const int num_before = num_records_ - 1; message.num_records() != num_before) {
    return InvalidField("end.num_records", absl::StrCat("must be ", num_before, ", as many as there were"));
  }
  ZB_RETURN_IF_ERROR(CheckNumbers());
  ZB_RETURN_IF_ERROR(outcomes_.Check(*job_, moments_));
  ZB_RETURN_IF_ERROR(CheckCurvesSizes());
  // Without a base it would be learned anew from what the other job knows.
  if (!has_curves_base_ && !job_->warm_start.empty()) {
    ZB_RETURN_IF_ERROR(permissions_.CheckJob(job_->warm_start, Role::kReader));
  }
  // Heard from now, and not when they were sent.
  ZeusService service(*session_, clock_(), limits_);
  for (Trial& trial : running_trials_) ZB_RETURN_IF_ERROR(service.RestoreTrial(std::move(trial)));
  if (!is_learning_anew_ || !job_->curves.has_value()) return absl::OkStatus();
  return session_->AskToRelearn(job_->spec.job_id, service.now().serving);
}

}  // namespace zeus::bso::api

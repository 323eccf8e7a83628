#include "server/api/transfer/job_export.h"

#include <optional>
#include <utility>
#include <vector>

#include "model/record_fields.h"
#include "model/status_macros.h"
#include "server/api/conversion/convert.h"
#include "server/service/not_found.h"

namespace zeus::bso::api {
namespace {

// How many trials are read at a time.
constexpr size_t kPageSize = 256;

void ToProto(const CurvesBase& base, v1::CurvesBase& message) {
  FillCurvesJob(base.job, *message.mutable_job());
  for (const CurvesSize& size : base.sizes) {
    v1::CurvesSizeState& added = *message.add_sizes();
    added.set_batch_size(size.batch_size);
    FillCurvesSize(size, added);
  }
}

}  // namespace

absl::Status JobExport::Next(v1::JobRecord& record) {
  if (!begun_) ZB_RETURN_IF_ERROR(ReadHead());
  if (read_.empty()) ZB_RETURN_IF_ERROR(ReadTrials());
  record = std::move(read_.front());
  read_.pop_front();
  if (record.has_end()) record.mutable_end()->set_num_records(num_asked_);
  ++num_asked_;
  return absl::OkStatus();
}

absl::Status JobExport::ReadHead() {
  begun_ = true;
  ZB_ASSIGN_OR_RETURN(const Job* const job, session_->FetchJob(job_id_));
  if (job == nullptr) return JobNotFound(job_id_);
  ZB_ASSIGN_OR_RETURN(const std::optional<JobSummary> summary, session_->ReadSummary(job_id_));
  ToProto(*job, summary, *read_.emplace_back().mutable_job());
  if (job->curves.has_value()) FillCurvesJob(*job->curves, *read_.emplace_back().mutable_curves_job());
  ZB_ASSIGN_OR_RETURN(const std::vector<CurvesSize> sizes, session_->FetchCurvesSizes(job_id_));
  for (const CurvesSize& size : sizes) {
    v1::CurvesSizeState& message = *read_.emplace_back().mutable_curves_size();
    message.set_batch_size(size.batch_size);
    FillCurvesSize(size, message);
  }
  ZB_ASSIGN_OR_RETURN(const std::optional<CurvesBase> base, session_->ReadCurvesBase(job_id_));
  if (base.has_value()) ToProto(*base, *read_.emplace_back().mutable_curves_base());
  ZB_ASSIGN_OR_RETURN(const std::vector<CollectedSize> collected, session_->ReadCollectedSizes(job_id_));
  for (const CollectedSize& size : collected) {
    v1::CollectedSize& message = *read_.emplace_back().mutable_collected_size();
    message.set_batch_size(size.batch_size);
    FillCollectedSize(size, message);
  }
  ZB_ASSIGN_OR_RETURN(const std::vector<GaussianTsArm> arms, session_->ReadArms(job_id_));
  for (const GaussianTsArm& arm : arms) ToProto(job_id_, arm, *read_.emplace_back().mutable_arm());
  for (const int64_t batch_size : job->spec.batch_sizes) {
    ZB_ASSIGN_OR_RETURN(const std::optional<CostMoments> moments, session_->ReadCostMoments(job_id_, batch_size));
    if (moments.has_value()) ToProto(batch_size, *moments, *read_.emplace_back().mutable_cost_moments());
  }
  return absl::OkStatus();
}

absl::Status JobExport::ReadTrials() {
  ZB_ASSIGN_OR_RETURN(const storage::Session::JobVersion version, session_->VersionOf(job_id_));
  ZB_RETURN_IF_ERROR(session_->ScanTrials(job_id_, last_trial_, [&](const Trial& stored) {
    last_trial_ = stored.trial_number;
    Trial trial = stored;
    if (trial.status == TrialStatus::kDispatched) {
      const std::optional<RunningReports::Heard> heard = reports_.Find({version.uid, trial.trial_number});
      if (heard.has_value() && heard->progress.has_value()) trial.progress = heard->progress;
    }
    v1::Trial& message = *read_.emplace_back().mutable_trial();
    ToProto(trial, message);
    if (trial.former_job_uid.has_value()) message.set_job_uid(*trial.former_job_uid);
    return read_.size() < kPageSize;
  }));
  if (read_.size() < kPageSize) read_.emplace_back().mutable_end();
  return absl::OkStatus();
}

}  // namespace zeus::bso::api

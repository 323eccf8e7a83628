#include "server/rpc/job_export.h"

#include <optional>
#include <utility>
#include <vector>

#include "model/record_fields.h"
#include "model/status_macros.h"
#include "server/rpc/convert.h"
#include "server/service/not_found.h"

namespace zeus::bso::rpc {
namespace {

// How many trials are read at a time.
constexpr size_t kPageSize = 256;

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
      const std::optional<TrialProgress> latest = reports_.Find({version.uid, trial.trial_number});
      if (latest.has_value()) trial.progress = latest;
    }
    ToProto(trial, *read_.emplace_back().mutable_trial());
    return read_.size() < kPageSize;
  }));
  if (read_.size() < kPageSize) read_.emplace_back().mutable_end();
  return absl::OkStatus();
}

}  // namespace zeus::bso::rpc

// What a session changes in jobs that are corrected.
#include <string>
#include <utility>
#include <variant>

#include "model/status_macros.h"
#include "storage/schema.h"
#include "storage/session.h"

namespace zeus::bso::storage {

absl::StatusOr<const Trial*> Session::AmendTrial(const Trial& amended) {
  ZB_ASSIGN_OR_RETURN(const Trial* const fetched, FetchedTrial(KeyOf(amended)));
  JobEntry& entry = *Find(amended.job_id);
  ZB_RETURN_IF_ERROR(MarkChanged(entry));
  Trial trial = amended;
  if (trial.voided.has_value()) {
    entry.trials_voided.push_back(trial.trial_number);
  } else {
    trial.end_revision = entry.row().revision + 1;
    entry.trials_ended.push_back(trial.trial_number);
  }
  PutTrial(entry, std::move(trial));
  return fetched;
}

absl::Status Session::DeleteArmsAndMoments(absl::string_view job_id) {
  ZB_ASSIGN_OR_RETURN(const Job* const job, FetchedJob(job_id));
  JobEntry& entry = *Find(job_id);
  ZB_RETURN_IF_ERROR(MarkChanged(entry));
  ZB_ASSIGN_OR_RETURN(LoadedJob::Arms* const arms, entry.loaded().FindArms(*entry.rows));
  for (const auto& [batch_size, arm] : *arms) {
    batch_->Delete(Table::kArms, ArmRowKey(entry.row().uid, batch_size));
  }
  arms->clear();
  entry.arms_fetched.clear();
  for (const int64_t batch_size : job->spec.batch_sizes) ZB_RETURN_IF_ERROR(PutCostMoments(job_id, batch_size, {}));
  return absl::OkStatus();
}

absl::Status Session::DeleteCurvesSize(absl::string_view job_id, int64_t batch_size) {
  ZB_RETURN_IF_ERROR(FetchedJob(job_id).status());
  JobEntry& entry = *Find(job_id);
  ZB_RETURN_IF_ERROR(MarkChanged(entry));
  entry.loaded().DeleteCurvesSize(batch_size);
  batch_->Delete(Table::kCurvesSizes, CurvesSizeRowKey(entry.row().uid, batch_size));
  return absl::OkStatus();
}

absl::Status Session::AskToRelearn(absl::string_view job_id, absl::Time now) {
  ZB_ASSIGN_OR_RETURN(Job* const job, MutableJob(job_id));
  if (job->relearning.has_value()) return absl::OkStatus();
  job->relearning = now;
  const Due due{now, DueRelearning{Find(job_id)->row().uid, std::string(job_id)}};
  earliest_due_ = std::min(earliest_due_, now);
  batch_->Put(Table::kDue, DueRowKey(due), EncodeDue(due));
  return absl::OkStatus();
}

absl::Status Session::FinishRelearning(absl::string_view job_id) {
  ZB_ASSIGN_OR_RETURN(Job* const job, MutableJob(job_id));
  if (!job->relearning.has_value()) return absl::OkStatus();
  batch_->Delete(Table::kDue, DueRowKey(*job->relearning, RelearningKey(Find(job_id)->row().uid)));
  job->relearning.reset();
  return absl::OkStatus();
}

absl::StatusOr<const Job*> Session::FetchDueJob(const Due& due) {
  const auto& [uid, job_id] = std::get<DueRelearning>(due.what);
  ZB_ASSIGN_OR_RETURN(const Job* const job, FetchJob(job_id));
  if (job == nullptr || Find(job_id)->row().uid != uid || job->relearning != due.time) return nullptr;
  return job;
}

void Session::PutServingTime(absl::Time time) {
  batch_->Put(Table::kMeta, std::string(kServingTimeKey), EncodeServingTime(time));
}

}  // namespace zeus::bso::storage

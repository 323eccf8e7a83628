// What a session changes.
#include <algorithm>
#include <utility>
#include <variant>

#include "absl/strings/str_cat.h"
#include "model/error.h"
#include "model/status_macros.h"
#include "storage/session.h"

namespace zeus::bso::storage {

absl::Status Session::InsertJob(Job job) {
  const std::string job_id = job.spec.job_id;
  ZB_ASSIGN_OR_RETURN(JobEntry* const entry, LoadEntry(job_id));
  if (entry->exists()) return MakeError(Reason::kJobExists, absl::StrCat("job '", job_id, "' exists already"));
  ZB_RETURN_IF_ERROR(LockChanges(job_id));
  ++batch_->jobs_added;
  // Trials that were collected elsewhere keep their numbers.
  const int64_t num_collected = job.history.has_value() ? job.history->num_collected : 0;
  entry->loaded().Insert(
      {.uid = parts_.uids.Next(), .last_trial_number = num_collected, .revision = 0, .job = std::move(job)});
  entry->fetched = true;
  // With nothing before: all that the job has is new to observers.
  entry->changed = true;
  batch_->must_sync = true;
  return absl::OkStatus();
}

absl::Status Session::RaiseRevision(absl::string_view job_id, int64_t revision) {
  ZB_RETURN_IF_ERROR(FetchedJob(job_id).status());
  JobEntry& entry = *Find(job_id);
  ZB_RETURN_IF_ERROR(MarkChanged(entry));
  entry.row().revision = std::max(entry.row().revision, revision);
  return absl::OkStatus();
}

absl::StatusOr<Job*> Session::MutableJob(absl::string_view job_id) {
  ZB_RETURN_IF_ERROR(FetchedJob(job_id).status());
  JobEntry& entry = *Find(job_id);
  ZB_RETURN_IF_ERROR(MarkChanged(entry));
  return &entry.row().job;
}

absl::StatusOr<const Trial*> Session::InsertTrial(absl::string_view job_id, TrialStart start) {
  ZB_RETURN_IF_ERROR(FetchedJob(job_id).status());
  JobEntry& entry = *Find(job_id);
  ZB_RETURN_IF_ERROR(MarkChanged(entry));
  Trial trial;
  trial.job_id = std::string(job_id);
  trial.trial_number = ++entry.row().last_trial_number;
  trial.batch_size = start.batch_size;
  trial.type = start.type;
  trial.start_time = start.time;
  trial.deadline = start.deadline;
  trial.heard = start.heard;
  trial.client_id = std::move(start.client_id);
  trial.ticket = start.ticket;
  PutNewTrial(entry, trial);
  entry.trials_started.push_back(trial.trial_number);
  return FetchTrialOfJob(entry, trial.trial_number, trial.batch_size);
}

absl::Status Session::RestoreTrial(const Trial& trial) {
  ZB_RETURN_IF_ERROR(FetchedJob(trial.job_id).status());
  // Trials that end from now on have greater revisions.
  ZB_RETURN_IF_ERROR(RaiseRevision(trial.job_id, trial.end_revision.value_or(0)));
  JobEntry& entry = *Find(trial.job_id);
  ++entry.row().last_trial_number;
  PutNewTrial(entry, trial);
  entry.loaded().ForgetIfEnded(trial.trial_number);
  return absl::OkStatus();
}

void Session::PutNewTrial(JobEntry& entry, const Trial& trial) {
  PutTrial(entry, trial);
  if (trial.status != TrialStatus::kDispatched) return;
  ++entry.row().job.num_running_trials;
  PutDue(entry, trial);
  if (trial.client_id.empty()) return;
  entry.loaded().PutClient(trial.client_id, trial.trial_number);
  batch_->Put(Table::kClients, ClientRowKey(entry.row().uid, trial.client_id), EncodeClient(trial.trial_number));
}

absl::Status Session::UpdateRunningTrial(const Trial& trial) {
  ZB_ASSIGN_OR_RETURN(const Trial* const fetched, FetchedTrial(KeyOf(trial)));
  JobEntry& entry = *Find(trial.job_id);
  DeleteDue(entry, *fetched);
  PutTrial(entry, trial);
  PutDue(entry, trial);
  return absl::OkStatus();
}

absl::StatusOr<const Trial*> Session::EndTrial(const Trial& ended) {
  ZB_ASSIGN_OR_RETURN(const Trial* const fetched, FetchedTrial(KeyOf(ended)));
  JobEntry& entry = *Find(ended.job_id);
  ZB_RETURN_IF_ERROR(MarkChanged(entry));
  // Older servers stored no count.
  Job& job = entry.row().job;
  job.num_running_trials = std::max<int64_t>(job.num_running_trials - 1, 0);
  if (!fetched->client_id.empty()) {
    entry.loaded().DeleteClient(fetched->client_id);
    batch_->Delete(Table::kClients, ClientRowKey(entry.row().uid, fetched->client_id));
  }
  DeleteDue(entry, *fetched);
  Trial trial = ended;
  trial.deadline.reset();
  trial.heard.reset();
  trial.had_grace = false;
  trial.end_revision = entry.row().revision + 1;
  PutTrial(entry, trial);
  entry.trials_ended.push_back(trial.trial_number);
  return fetched;
}

// Writes a trial's row, and the rows by batch size that follow from it.
void Session::PutTrial(JobEntry& entry, Trial trial) {
  const Uid uid = entry.row().uid;
  trial.job_uid = uid;
  RoundTimes(trial);
  entry.loaded().PutTrial(trial);
  std::string value = EncodeTrial(trial);
  if (trial.type == TrialType::kExploration) {
    std::string key = ExplorationRowKey(uid, trial.batch_size, trial.trial_number);
    if (IsExploration(trial)) {
      batch_->Put(Table::kExplorations, std::move(key), value);
    } else {
      batch_->Delete(Table::kExplorations, std::move(key));
    }
  }
  batch_->Put(Table::kTrials, TrialRowKey(uid, trial.trial_number), std::move(value));
  if (!trial.result.has_value()) return;
  std::string key = ResultRowKey(uid, trial.batch_size, trial.trial_number);
  if (trial.voided.has_value()) {
    batch_->Delete(Table::kResults, std::move(key));
  } else {
    batch_->Put(Table::kResults, std::move(key), EncodeResult(*trial.result));
  }
}

// The row that says when the trial is due, if it ever is.
void Session::PutDue(const JobEntry& entry, const Trial& trial) {
  if (!trial.deadline.has_value()) return;
  const Due due{*trial.deadline, DueTrial{entry.row().uid, KeyOf(trial)}};
  earliest_due_ = std::min(earliest_due_, due.time);
  batch_->Put(Table::kDue, DueRowKey(due), EncodeDue(due));
}

void Session::DeleteDue(const JobEntry& entry, const Trial& trial) {
  if (!trial.deadline.has_value()) return;
  batch_->Delete(Table::kDue, DueRowKey(*trial.deadline, TrialRowKey(entry.row().uid, trial.trial_number)));
}

absl::Status Session::InsertArm(absl::string_view job_id, const GaussianTsArm& arm) {
  ZB_RETURN_IF_ERROR(FetchedJob(job_id).status());
  ZB_ASSIGN_OR_RETURN(const GaussianTsArm* const existing, FetchArm(job_id, arm.batch_size));
  if (existing != nullptr) {
    return MakeError(Reason::kArmExists,
                     absl::StrCat("job '", job_id, "' has an arm of batch size ", arm.batch_size, " already"));
  }
  return PutArm(*Find(job_id), arm);
}

absl::Status Session::ReplaceArm(absl::string_view job_id, const GaussianTsArm& arm) {
  ZB_RETURN_IF_ERROR(FetchedArm(job_id, arm.batch_size).status());
  return PutArm(*Find(job_id), arm);
}

absl::Status Session::PutArm(JobEntry& entry, const GaussianTsArm& arm) {
  ZB_RETURN_IF_ERROR(MarkChanged(entry));
  ZB_ASSIGN_OR_RETURN(LoadedJob::Arms* const arms, entry.loaded().FindArms(*entry.rows));
  arms->insert_or_assign(arm.batch_size, arm);
  entry.arms_refit.push_back(arm.batch_size);
  entry.arms_fetched.push_back(arm.batch_size);
  batch_->Put(Table::kArms, ArmRowKey(entry.row().uid, arm.batch_size), EncodeArm(arm));
  return absl::OkStatus();
}

absl::Status Session::PutCurvesSize(absl::string_view job_id, const CurvesSize& size) {
  ZB_RETURN_IF_ERROR(FetchedJob(job_id).status());
  JobEntry& entry = *Find(job_id);
  ZB_RETURN_IF_ERROR(MarkChanged(entry));
  entry.loaded().PutCurvesSize(size);
  batch_->Put(Table::kCurvesSizes, CurvesSizeRowKey(entry.row().uid, size.batch_size), EncodeCurvesSize(size));
  return absl::OkStatus();
}

absl::Status Session::PutSummary(absl::string_view job_id, const JobSummary& summary) {
  ZB_RETURN_IF_ERROR(FetchedJob(job_id).status());
  batch_->Put(Table::kSummaries, UidKey(Find(job_id)->row().uid), EncodeJobSummary(summary));
  return absl::OkStatus();
}

absl::Status Session::PutCostMoments(absl::string_view job_id, int64_t batch_size, const CostMoments& moments) {
  ZB_RETURN_IF_ERROR(FetchedJob(job_id).status());
  JobEntry& entry = *Find(job_id);
  ZB_RETURN_IF_ERROR(MarkChanged(entry));
  std::string key = CostMomentsRowKey(entry.row().uid, batch_size);
  if (moments.count == 0) {
    entry.loaded().PutCostMoments(batch_size, std::nullopt);
    batch_->Delete(Table::kCostMoments, std::move(key));
  } else {
    entry.loaded().PutCostMoments(batch_size, moments);
    batch_->Put(Table::kCostMoments, std::move(key), EncodeCostMoments(moments));
  }
  return absl::OkStatus();
}

absl::StatusOr<WriteBatch> Session::TakePart(absl::string_view job_id, std::shared_ptr<const void> hold) {
  ZB_RETURN_IF_ERROR(FetchedJob(job_id).status());
  JobEntry& entry = *Find(job_id);
  WriteBatch part = batch_->TakeWrites();
  // With the first part: what was written is garbage if the session ends here.
  if (!entry.in_parts) part.Put(Table::kGarbage, UidKey(entry.row().uid), "");
  entry.in_parts = true;
  hold_ = std::move(hold);
  return part;
}

absl::StatusOr<bool> Session::DeleteJob(absl::string_view job_id) {
  ZB_ASSIGN_OR_RETURN(JobEntry* const entry, Load(job_id));
  if (entry == nullptr) return false;
  ZB_RETURN_IF_ERROR(LockChanges(job_id));
  batch_->Delete(Table::kJobs, std::string(job_id));
  batch_->Put(Table::kGarbage, UidKey(entry->row().uid), "");
  batch_->must_sync = true;
  --batch_->jobs_added;
  batch_->sums_added -= entry->changed ? entry->sums_before : SumsOf(entry->row().job);
  JobChange deletion;
  deletion.job_id = std::string(job_id);
  deletion.uid = entry->row().uid;
  deletion.revision = entry->row().revision + 1;
  deletion.deleted = true;
  deletions_.push_back(std::move(deletion));
  entry->Forget();
  has_garbage_ = true;
  return true;
}

absl::Status Session::KeepAnswer(absl::string_view request_id, const Answer& answer, absl::Time due) {
  ZB_RETURN_IF_ERROR(LockRequest(request_id).status());
  batch_->must_sync = true;
  earliest_due_ = std::min(earliest_due_, due);
  const Due row{due, DueAnswer{std::string(request_id)}};
  batch_->Put(Table::kAnswers, std::string(request_id), EncodeAnswer(answer));
  batch_->Put(Table::kDue, DueRowKey(row), EncodeDue(row));
  return absl::OkStatus();
}

absl::Status Session::Forget(const Due& due) {
  if (const auto* const answer = std::get_if<DueAnswer>(&due.what)) {
    ZB_RETURN_IF_ERROR(LockRequest(answer->request_id).status());
    batch_->Delete(Table::kAnswers, answer->request_id);
  }
  batch_->Delete(Table::kDue, DueRowKey(due));
  return absl::OkStatus();
}

}  // namespace zeus::bso::storage

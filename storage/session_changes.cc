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
  ZB_ASSIGN_OR_RETURN(const JobEntry* const existing, Load(job_id));
  if (existing != nullptr) return MakeError(Reason::kJobExists, absl::StrCat("job '", job_id, "' exists already"));
  JobEntry& entry = jobs_[job_id].emplace();
  ++num_insertions_;
  entry.row = {.uid = parts_.uids.Next(), .last_trial_number = 0, .revision = 0, .job = std::move(job)};
  entry.fetched = true;
  MarkChanged(entry);
  return absl::OkStatus();
}

absl::StatusOr<Job*> Session::MutableJob(absl::string_view job_id) {
  ZB_RETURN_IF_ERROR(FetchedJob(job_id).status());
  JobEntry& entry = *Find(job_id);
  MarkChanged(entry);
  return &entry.row.job;
}

absl::StatusOr<const Trial*> Session::InsertTrial(absl::string_view job_id, TrialStart start) {
  ZB_RETURN_IF_ERROR(FetchedJob(job_id).status());
  JobEntry& entry = *Find(job_id);
  Trial trial;
  trial.job_id = std::string(job_id);
  trial.trial_number = ++entry.row.last_trial_number;
  trial.batch_size = start.batch_size;
  trial.type = start.type;
  trial.start_time = start.time;
  trial.deadline = start.deadline;
  trial.client_id = std::move(start.client_id);
  trial.ticket = start.ticket;
  ZB_RETURN_IF_ERROR(PutNewTrial(entry, trial));
  entry.trials_started.push_back(trial.trial_number);
  return &entry.trials.insert_or_assign(trial.trial_number, std::move(trial)).first->second;
}

absl::Status Session::RestoreTrial(const Trial& trial) {
  ZB_RETURN_IF_ERROR(FetchedJob(trial.job_id).status());
  JobEntry& entry = *Find(trial.job_id);
  ++entry.row.last_trial_number;
  // Trials that end from now on have greater revisions.
  entry.row.revision = std::max(entry.row.revision, trial.end_revision.value_or(0));
  return PutNewTrial(entry, trial);
}

absl::Status Session::PutNewTrial(JobEntry& entry, const Trial& trial) {
  MarkChanged(entry);
  ZB_RETURN_IF_ERROR(PutTrial(entry, trial));
  if (trial.status != TrialStatus::kDispatched) return absl::OkStatus();
  ++entry.row.job.num_running_trials;
  ZB_RETURN_IF_ERROR(PutDue(entry, trial));
  if (trial.client_id.empty()) return absl::OkStatus();
  return transaction_->Put(Table::kClients, ClientRowKey(entry.row.uid, trial.client_id),
                           EncodeClient(trial.trial_number));
}

absl::Status Session::SetDeadline(const TrialKey& key, absl::Time deadline,
                                  const std::optional<TrialProgress>& progress) {
  ZB_RETURN_IF_ERROR(FetchedTrial(key).status());
  JobEntry& entry = *Find(key.job_id);
  Trial& trial = entry.trials.at(key.trial_number);
  has_changes_ = true;
  ZB_RETURN_IF_ERROR(EraseDue(entry, trial));
  trial.deadline = deadline;
  trial.progress = progress;
  ZB_RETURN_IF_ERROR(PutTrial(entry, trial));
  return PutDue(entry, trial);
}

absl::StatusOr<const Trial*> Session::EndTrial(const Trial& ended) {
  ZB_RETURN_IF_ERROR(FetchedTrial(KeyOf(ended)).status());
  JobEntry& entry = *Find(ended.job_id);
  Trial& trial = entry.trials.at(ended.trial_number);
  MarkChanged(entry);
  // Older servers stored no count.
  entry.row.job.num_running_trials = std::max<int64_t>(entry.row.job.num_running_trials - 1, 0);
  if (!trial.client_id.empty()) {
    ZB_RETURN_IF_ERROR(transaction_->Erase(Table::kClients, ClientRowKey(entry.row.uid, trial.client_id)));
  }
  ZB_RETURN_IF_ERROR(EraseDue(entry, trial));
  trial = ended;
  trial.deadline.reset();
  trial.end_revision = entry.row.revision + 1;
  ZB_RETURN_IF_ERROR(PutTrial(entry, trial));
  entry.trials_ended.push_back(trial.trial_number);
  return &trial;
}

// Writes a trial's row, and the rows by batch size that follow from it.
absl::Status Session::PutTrial(const JobEntry& entry, const Trial& trial) {
  const Uid uid = entry.row.uid;
  const std::string row_key = TrialRowKey(uid, trial.trial_number);
  const std::string value = EncodeTrial(trial);
  ZB_RETURN_IF_ERROR(transaction_->Put(Table::kTrials, row_key, value));
  if (trial.status != TrialStatus::kDispatched) transaction_->Retire(Table::kTrials, row_key);
  if (trial.type == TrialType::kExploration) {
    const std::string key = ExplorationRowKey(uid, trial.batch_size, trial.trial_number);
    ZB_RETURN_IF_ERROR(trial.status == TrialStatus::kFailed ? transaction_->Erase(Table::kExplorations, key)
                                                            : transaction_->Put(Table::kExplorations, key, value));
  }
  if (!trial.result.has_value()) return absl::OkStatus();
  return transaction_->Put(Table::kResults, ResultRowKey(uid, trial.batch_size, trial.trial_number),
                           EncodeResult(*trial.result));
}

// The row that says when the trial is due, if it ever is.
absl::Status Session::PutDue(const JobEntry& entry, const Trial& trial) {
  if (!trial.deadline.has_value()) return absl::OkStatus();
  const Due due{*trial.deadline, DueTrial{entry.row.uid, KeyOf(trial)}};
  earliest_due_ = std::min(earliest_due_, due.time);
  return transaction_->Put(Table::kDue, DueRowKey(due), EncodeDue(due));
}

absl::Status Session::EraseDue(const JobEntry& entry, const Trial& trial) {
  if (!trial.deadline.has_value()) return absl::OkStatus();
  return transaction_->Erase(Table::kDue, DueRowKey(*trial.deadline, TrialRowKey(entry.row.uid, trial.trial_number)));
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
  MarkChanged(entry);
  entry.arms.insert_or_assign(arm.batch_size, arm);
  entry.arms_refit.push_back(arm.batch_size);
  return transaction_->Put(Table::kArms, ArmRowKey(entry.row.uid, arm.batch_size), EncodeArm(arm));
}

absl::Status Session::PutCurvesSize(absl::string_view job_id, const CurvesSize& size) {
  ZB_RETURN_IF_ERROR(FetchedJob(job_id).status());
  JobEntry& entry = *Find(job_id);
  MarkChanged(entry);
  if (entry.curves_sizes.has_value()) {
    for (CurvesSize& fetched : *entry.curves_sizes) {
      if (fetched.batch_size == size.batch_size) fetched = size;
    }
  }
  return transaction_->Put(Table::kCurvesSizes, CurvesSizeRowKey(entry.row.uid, size.batch_size),
                           EncodeCurvesSize(size));
}

absl::Status Session::PutSummary(absl::string_view job_id, const JobSummary& summary) {
  ZB_RETURN_IF_ERROR(FetchedJob(job_id).status());
  has_changes_ = true;
  return transaction_->Put(Table::kSummaries, UidKey(Find(job_id)->row.uid), EncodeJobSummary(summary));
}

absl::Status Session::PutCostMoments(absl::string_view job_id, int64_t batch_size, const CostMoments& moments) {
  ZB_RETURN_IF_ERROR(FetchedJob(job_id).status());
  JobEntry& entry = *Find(job_id);
  MarkChanged(entry);
  return transaction_->Put(Table::kCostMoments, CostMomentsRowKey(entry.row.uid, batch_size),
                           EncodeCostMoments(moments));
}

absl::StatusOr<bool> Session::DeleteJob(absl::string_view job_id) {
  ZB_ASSIGN_OR_RETURN(const JobEntry* const entry, Load(job_id));
  if (entry == nullptr) return false;
  ZB_RETURN_IF_ERROR(transaction_->Erase(Table::kJobs, job_id));
  ZB_RETURN_IF_ERROR(transaction_->Put(Table::kGarbage, UidKey(entry->row.uid), ""));
  JobChange deletion;
  deletion.job_id = std::string(job_id);
  deletion.uid = entry->row.uid;
  deletion.revision = entry->row.revision + 1;
  deletion.deleted = true;
  deletions_.push_back(std::move(deletion));
  jobs_.find(job_id)->second.reset();
  has_changes_ = true;
  needs_durability_ = true;
  has_garbage_ = true;
  return true;
}

absl::Status Session::KeepAnswer(absl::string_view request_id, const Answer& answer, absl::Time due) {
  has_changes_ = true;
  needs_durability_ = true;
  earliest_due_ = std::min(earliest_due_, due);
  const Due row{due, DueAnswer{std::string(request_id)}};
  ZB_RETURN_IF_ERROR(transaction_->Put(Table::kAnswers, request_id, EncodeAnswer(answer)));
  return transaction_->Put(Table::kDue, DueRowKey(row), EncodeDue(row));
}

absl::Status Session::Forget(const Due& due) {
  has_changes_ = true;
  if (const auto* const answer = std::get_if<DueAnswer>(&due.what)) {
    ZB_RETURN_IF_ERROR(transaction_->Erase(Table::kAnswers, answer->request_id));
  }
  return transaction_->Erase(Table::kDue, DueRowKey(due));
}

}  // namespace zeus::bso::storage

#include "storage/session.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "model/error.h"
#include "model/status_macros.h"

namespace zeus::bso::storage {
namespace {

absl::Status JobNotFetched(absl::string_view job_id) {
  return MakeError(Reason::kJobNotFetched, absl::StrCat("job '", job_id, "' was not fetched in this session"));
}

}  // namespace

Session::Session(const Parts& parts, Isolation isolation)
    : parts_(parts), transaction_(parts.engine.Begin(isolation)) {}

absl::StatusOr<Session::JobEntry*> Session::Load(absl::string_view job_id) {
  auto it = jobs_.find(job_id);
  if (it == jobs_.end()) {
    ZB_ASSIGN_OR_RETURN(const std::optional<std::string> value, transaction_->Get(Table::kJobs, job_id));
    std::optional<JobEntry> entry;
    if (value.has_value()) {
      entry.emplace();
      ZB_ASSIGN_OR_RETURN(const std::shared_ptr<const JobRow> row, parts_.decoded_jobs.Decode(job_id, *value));
      entry->row = *row;
      entry->stage_before = entry->row.job.stage;
      entry->warnings_before = entry->row.job.warnings;
      entry->results_before = entry->row.job.latest_results;
    }
    it = jobs_.emplace(job_id, std::move(entry)).first;
  }
  return it->second.has_value() ? &*it->second : nullptr;
}

const Session::JobEntry* Session::Find(absl::string_view job_id) const {
  const auto it = jobs_.find(job_id);
  return it != jobs_.end() && it->second.has_value() ? &*it->second : nullptr;
}

Session::JobEntry* Session::Find(absl::string_view job_id) {
  return const_cast<JobEntry*>(std::as_const(*this).Find(job_id));
}

void Session::MarkChanged(JobEntry& entry) {
  entry.changed = true;
  has_changes_ = true;
  needs_durability_ = true;
}

absl::StatusOr<const Job*> Session::FetchJob(absl::string_view job_id) {
  ZB_ASSIGN_OR_RETURN(JobEntry* const entry, Load(job_id));
  if (entry == nullptr) return nullptr;
  entry->fetched = true;
  return &entry->row.job;
}

absl::StatusOr<const Trial*> Session::FetchTrial(const TrialKey& key) {
  ZB_ASSIGN_OR_RETURN(JobEntry* const entry, Load(key.job_id));
  if (entry == nullptr) return nullptr;
  return FetchTrialOfJob(*entry, key.trial_number, key.batch_size);
}

absl::StatusOr<const Trial*> Session::FetchTrialOfClient(absl::string_view job_id, absl::string_view client_id) {
  ZB_ASSIGN_OR_RETURN(JobEntry* const entry, Load(job_id));
  if (entry == nullptr) return nullptr;
  ZB_ASSIGN_OR_RETURN(const std::optional<std::string> value,
                      transaction_->Get(Table::kClients, ClientRowKey(entry->row.uid, client_id)));
  if (!value.has_value()) return nullptr;
  ZB_ASSIGN_OR_RETURN(const int64_t trial_number, DecodeClient(*value));
  return FetchTrialOfJob(*entry, trial_number, std::nullopt);
}

// The trial of this number, if it has that batch size.
absl::StatusOr<const Trial*> Session::FetchTrialOfJob(JobEntry& entry, int64_t trial_number,
                                                      std::optional<int64_t> batch_size) {
  auto it = entry.trials.find(trial_number);
  if (it == entry.trials.end()) {
    ZB_ASSIGN_OR_RETURN(const std::optional<std::string> value,
                        transaction_->Get(Table::kTrials, TrialRowKey(entry.row.uid, trial_number)));
    if (!value.has_value()) return nullptr;
    ZB_ASSIGN_OR_RETURN(Trial trial, DecodeTrial(entry.row.job.spec.job_id, trial_number, *value));
    if (trial.batch_size != batch_size.value_or(trial.batch_size)) return nullptr;
    it = entry.trials.emplace(trial_number, std::move(trial)).first;
  }
  return it->second.batch_size == batch_size.value_or(it->second.batch_size) ? &it->second : nullptr;
}

absl::StatusOr<const Trial*> Session::FetchDueTrial(const Due& due) {
  const auto& [uid, key] = std::get<DueTrial>(due.what);
  ZB_ASSIGN_OR_RETURN(JobEntry* const entry, Load(key.job_id));
  if (entry == nullptr || entry->row.uid != uid) return nullptr;
  entry->fetched = true;
  ZB_ASSIGN_OR_RETURN(const Trial* const trial, FetchTrial(key));
  return trial != nullptr && trial->deadline == due.time ? trial : nullptr;
}

absl::StatusOr<const GaussianTsArm*> Session::FetchArm(absl::string_view job_id, int64_t batch_size) {
  ZB_ASSIGN_OR_RETURN(JobEntry* const entry, Load(job_id));
  if (entry == nullptr) return nullptr;
  auto it = entry->arms.find(batch_size);
  if (it == entry->arms.end()) {
    ZB_ASSIGN_OR_RETURN(const std::optional<std::string> value,
                        transaction_->Get(Table::kArms, ArmRowKey(entry->row.uid, batch_size)));
    if (!value.has_value()) return nullptr;
    ZB_ASSIGN_OR_RETURN(const GaussianTsArm arm, DecodeArm(batch_size, *value));
    it = entry->arms.emplace(batch_size, arm).first;
  }
  return &it->second;
}

absl::StatusOr<const Job*> Session::FetchedJob(absl::string_view job_id) const {
  const JobEntry* const entry = Find(job_id);
  if (entry == nullptr || !entry->fetched) return JobNotFetched(job_id);
  return &entry->row.job;
}

absl::StatusOr<const Trial*> Session::FetchedTrial(const TrialKey& key) const {
  if (const JobEntry* const entry = Find(key.job_id); entry != nullptr) {
    const auto it = entry->trials.find(key.trial_number);
    if (it != entry->trials.end() && it->second.batch_size == key.batch_size) return &it->second;
  }
  return MakeError(Reason::kTrialNotFetched,
                   absl::StrCat("trial ", key.trial_number, " with batch size ", key.batch_size, " of job '",
                                key.job_id, "' was not fetched in this session"));
}

absl::StatusOr<const GaussianTsArm*> Session::FetchedArm(absl::string_view job_id, int64_t batch_size) const {
  if (const JobEntry* const entry = Find(job_id); entry != nullptr) {
    const auto it = entry->arms.find(batch_size);
    if (it != entry->arms.end()) return &it->second;
  }
  return MakeError(Reason::kArmNotFetched, absl::StrCat("the arm of batch size ", batch_size, " of job '", job_id,
                                                        "' was not fetched in this session"));
}

absl::StatusOr<Session::JobVersion> Session::VersionOf(absl::string_view job_id) const {
  const JobEntry* const entry = Find(job_id);
  if (entry == nullptr) return JobNotFetched(job_id);
  return JobVersion{entry->row.uid, entry->row.revision};
}

absl::StatusOr<int64_t> Session::LastTrialNumber(absl::string_view job_id) const {
  ZB_RETURN_IF_ERROR(FetchedJob(job_id).status());
  return Find(job_id)->row.last_trial_number;
}

absl::Status Session::Commit() {
  if (!has_changes_) return absl::OkStatus();
  for (auto& [job_id, entry] : jobs_) {
    if (entry.has_value() && entry->changed) {
      ++entry->row.revision;
      ZB_RETURN_IF_ERROR(transaction_->Put(Table::kJobs, job_id, EncodeJob(entry->row)));
    } else {
      ZB_RETURN_IF_ERROR(transaction_->GetForUpdate(Table::kJobs, job_id).status());
    }
  }
  ZB_RETURN_IF_ERROR(transaction_->Commit());
  parts_.jobs.Add(num_insertions_ - static_cast<int64_t>(deletions_.size()));
  parts_.alarm.Set(earliest_due_);
  return absl::OkStatus();
}

JobChange Session::MakeChange(const JobEntry& entry) {
  const Job& job = entry.row.job;
  JobChange change;
  change.job_id = job.spec.job_id;
  change.uid = entry.row.uid;
  change.revision = entry.row.revision;
  for (const int64_t number : entry.trials_started) change.trials_started.push_back(entry.trials.at(number));
  for (const int64_t number : entry.trials_ended) change.trials_ended.push_back(entry.trials.at(number));
  for (const int64_t size : entry.arms_refit) change.arms_refit.push_back(entry.arms.at(size));
  if (job.stage != entry.stage_before) change.stage_changed = job.stage;
  if (job.warnings != entry.warnings_before) {
    change.warnings_changed = job.warnings;
    change.warnings_before = entry.warnings_before;
  }
  return change;
}

void Session::ReportChanges(CommitObserver& observer) const {
  for (const JobChange& deletion : deletions_) {
    if (observer.Observes({.job_id = deletion.job_id})) observer.OnCommit(deletion);
  }
  for (const auto& [job_id, entry] : jobs_) {
    if (!entry.has_value() || !entry->changed) continue;
    const ChangedJob changed{.job_id = job_id,
                             .trials_ended = entry->row.job.latest_results != entry->results_before,
                             .warnings_changed = entry->row.job.warnings != entry->warnings_before};
    if (observer.Observes(changed)) observer.OnCommit(MakeChange(*entry));
  }
}

}  // namespace zeus::bso::storage

#include "storage/session.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "server/model/error.h"
#include "server/model/status_macros.h"

namespace zeus::bso::storage {
namespace {

absl::Status JobNotFetched(absl::string_view job_id) {
  return MakeError(Reason::kJobNotFetched, absl::StrCat("job '", job_id, "' was not fetched in this session"));
}

// The least key greater than `key`, or than none where that is empty.
std::string KeyAfter(absl::string_view key) { return key.empty() ? "" : absl::StrCat(key, absl::string_view("", 1)); }

// Runs a scan whose visitor can fail: the first error ends the scan and is returned.
template <typename Visit>
absl::Status ScanRows(Transaction& transaction, Table table, absl::string_view begin, absl::string_view end,
                      Visit visit) {
  absl::Status visited;
  ZB_RETURN_IF_ERROR(transaction.Scan(table, begin, end, [&](absl::string_view key, absl::string_view value) {
    absl::StatusOr<bool> more = visit(key, value);
    visited = more.status();
    return more.ok() && *more;
  }));
  return visited;
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
      ZB_ASSIGN_OR_RETURN(entry->row, DecodeJob(job_id, *value));
      entry->stage_before = entry->row.job.stage;
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

absl::StatusOr<std::vector<GaussianTsArm>> Session::ReadArms(absl::string_view job_id) {
  std::vector<GaussianTsArm> arms;
  ZB_ASSIGN_OR_RETURN(JobEntry* const entry, Load(job_id));
  if (entry == nullptr) return arms;
  const std::string prefix = UidKey(entry->row.uid);
  ZB_RETURN_IF_ERROR(ScanRows(*transaction_, Table::kArms, prefix, PrefixEnd(prefix),
                              [&](absl::string_view key, absl::string_view value) -> absl::StatusOr<bool> {
                                ZB_ASSIGN_OR_RETURN(const int64_t batch_size, BatchSizeOfArmRow(key));
                                ZB_ASSIGN_OR_RETURN(arms.emplace_back(), DecodeArm(batch_size, value));
                                return true;
                              }));
  return arms;
}

absl::StatusOr<Explorations> Session::ReadExplorations(absl::string_view job_id) {
  Explorations explorations;
  ZB_ASSIGN_OR_RETURN(JobEntry* const entry, Load(job_id));
  if (entry == nullptr) return explorations;
  const std::string prefix = UidKey(entry->row.uid);
  ZB_RETURN_IF_ERROR(ScanRows(*transaction_, Table::kExplorations, prefix, PrefixEnd(prefix),
                              [&](absl::string_view key, absl::string_view value) -> absl::StatusOr<bool> {
                                ZB_ASSIGN_OR_RETURN(const SizeAndNumber names, ParseExplorationRowKey(key));
                                ZB_ASSIGN_OR_RETURN(explorations[names.batch_size].emplace_back(),
                                                    DecodeTrial(job_id, names.trial_number, value));
                                return true;
                              }));
  return explorations;
}

absl::StatusOr<std::vector<TrialResult>> Session::ReadResults(absl::string_view job_id, int64_t batch_size,
                                                              int64_t limit) {
  std::vector<TrialResult> results;
  ZB_ASSIGN_OR_RETURN(JobEntry* const entry, Load(job_id));
  if (entry == nullptr) return results;
  const std::string prefix = ResultRowPrefix(entry->row.uid, batch_size);
  ZB_RETURN_IF_ERROR(ScanRows(*transaction_, Table::kResults, prefix, PrefixEnd(prefix),
                              [&](absl::string_view key, absl::string_view value) -> absl::StatusOr<bool> {
                                ZB_ASSIGN_OR_RETURN(const SizeAndNumber names, ParseResultRowKey(key));
                                ZB_ASSIGN_OR_RETURN(const Result result, DecodeResult(value));
                                results.push_back({names.trial_number, result});
                                return limit <= 0 || static_cast<int64_t>(results.size()) < limit;
                              }));
  return results;
}

absl::StatusOr<std::optional<CostMoments>> Session::ReadCostMoments(absl::string_view job_id, int64_t batch_size) {
  ZB_ASSIGN_OR_RETURN(const JobEntry* const entry, Load(job_id));
  if (entry == nullptr) return std::nullopt;
  ZB_ASSIGN_OR_RETURN(const std::optional<std::string> value,
                      transaction_->Get(Table::kCostMoments, CostMomentsRowKey(entry->row.uid, batch_size)));
  if (!value.has_value()) return std::nullopt;
  return DecodeCostMoments(*value);
}

absl::Status Session::ScanTrials(absl::string_view job_id, int64_t after, absl::FunctionRef<bool(const Trial&)> visit) {
  ZB_ASSIGN_OR_RETURN(JobEntry* const entry, Load(job_id));
  if (entry == nullptr) return absl::OkStatus();
  return ScanRows(*transaction_, Table::kTrials, TrialRowKey(entry->row.uid, after + 1),
                  PrefixEnd(UidKey(entry->row.uid)),
                  [&](absl::string_view key, absl::string_view value) -> absl::StatusOr<bool> {
                    ZB_ASSIGN_OR_RETURN(const UidAndNumber names, ParseTrialRowKey(key));
                    ZB_ASSIGN_OR_RETURN(const Trial trial, DecodeTrial(job_id, names.trial_number, value));
                    return visit(trial);
                  });
}

absl::Status Session::ScanJobs(absl::string_view prefix, absl::string_view after,
                               absl::FunctionRef<bool(const Job&)> visit) {
  const std::string begin = after.empty() ? std::string(prefix) : std::max(std::string(prefix), KeyAfter(after));
  return ScanRows(*transaction_, Table::kJobs, begin, PrefixEnd(prefix),
                  [&](absl::string_view key, absl::string_view value) -> absl::StatusOr<bool> {
                    ZB_ASSIGN_OR_RETURN(const JobRow row, DecodeJob(key, value));
                    return visit(row.job);
                  });
}

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
  JobEntry* const entry = Find(job_id);
  if (entry == nullptr || !entry->fetched) return JobNotFetched(job_id);
  MarkChanged(*entry);
  return &entry->row.job;
}

absl::StatusOr<const Trial*> Session::InsertTrial(absl::string_view job_id, TrialStart start) {
  JobEntry* const entry = Find(job_id);
  if (entry == nullptr || !entry->fetched) return JobNotFetched(job_id);
  Trial trial;
  trial.job_id = std::string(job_id);
  trial.trial_number = ++entry->row.last_trial_number;
  trial.batch_size = start.batch_size;
  trial.type = start.type;
  trial.start_time = start.time;
  trial.deadline = start.deadline;
  trial.client_id = std::move(start.client_id);
  MarkChanged(*entry);
  ++entry->row.job.num_running_trials;
  ZB_RETURN_IF_ERROR(PutTrial(*entry, trial));
  ZB_RETURN_IF_ERROR(PutDue(*entry, trial));
  if (!trial.client_id.empty()) {
    ZB_RETURN_IF_ERROR(transaction_->Put(Table::kClients, ClientRowKey(entry->row.uid, trial.client_id),
                                         EncodeClient(trial.trial_number)));
  }
  entry->trials_started.push_back(trial.trial_number);
  return &entry->trials.insert_or_assign(trial.trial_number, std::move(trial)).first->second;
}

absl::Status Session::SetDeadline(const TrialKey& key, absl::Time deadline) {
  ZB_RETURN_IF_ERROR(FetchedTrial(key).status());
  JobEntry& entry = *Find(key.job_id);
  Trial& trial = entry.trials.at(key.trial_number);
  has_changes_ = true;
  ZB_RETURN_IF_ERROR(EraseDue(entry, trial));
  trial.deadline = deadline;
  ZB_RETURN_IF_ERROR(PutTrial(entry, trial));
  return PutDue(entry, trial);
}

absl::StatusOr<const Trial*> Session::EndTrial(const TrialKey& key, absl::Time end_time, const TrialOutcome& outcome) {
  ZB_RETURN_IF_ERROR(FetchedTrial(key).status());
  JobEntry& entry = *Find(key.job_id);
  Trial& trial = entry.trials.at(key.trial_number);
  MarkChanged(entry);
  // Servers of before did not count.
  entry.row.job.num_running_trials = std::max<int64_t>(entry.row.job.num_running_trials - 1, 0);
  if (!trial.client_id.empty()) {
    ZB_RETURN_IF_ERROR(transaction_->Erase(Table::kClients, ClientRowKey(entry.row.uid, trial.client_id)));
  }
  ZB_RETURN_IF_ERROR(EraseDue(entry, trial));
  trial.deadline.reset();
  trial.end_time = end_time;
  if (const auto* const result = std::get_if<Result>(&outcome)) {
    trial.status = TrialStatus::kSucceeded;
    trial.result = *result;
  } else {
    trial.status = TrialStatus::kFailed;
    trial.failure = std::get<TrialFailure>(outcome);
  }
  ZB_RETURN_IF_ERROR(PutTrial(entry, trial));
  entry.trials_ended.push_back(trial.trial_number);
  return &trial;
}

// Writes a trial's row, and the rows by batch size that follow from it.
absl::Status Session::PutTrial(const JobEntry& entry, const Trial& trial) {
  const Uid uid = entry.row.uid;
  const std::string value = EncodeTrial(trial);
  ZB_RETURN_IF_ERROR(transaction_->Put(Table::kTrials, TrialRowKey(uid, trial.trial_number), value));
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
  const Due due{*trial.deadline, DueTrial{entry.row.uid, {trial.job_id, trial.batch_size, trial.trial_number}}};
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

absl::StatusOr<std::optional<Answer>> Session::FindAnswer(absl::string_view request_id) {
  ZB_ASSIGN_OR_RETURN(const std::optional<std::string> value, transaction_->Get(Table::kAnswers, request_id));
  if (!value.has_value()) return std::nullopt;
  return DecodeAnswer(*value);
}

absl::Status Session::KeepAnswer(absl::string_view request_id, const Answer& answer, absl::Time due) {
  has_changes_ = true;
  needs_durability_ = true;
  earliest_due_ = std::min(earliest_due_, due);
  const Due row{due, DueAnswer{std::string(request_id)}};
  ZB_RETURN_IF_ERROR(transaction_->Put(Table::kAnswers, request_id, EncodeAnswer(answer)));
  return transaction_->Put(Table::kDue, DueRowKey(row), EncodeDue(row));
}

absl::Status Session::ScanDue(absl::string_view after, absl::Time until, absl::FunctionRef<bool(const Due&)> visit,
                              absl::Time& next) {
  next = absl::InfiniteFuture();
  return ScanRows(*transaction_, Table::kDue, KeyAfter(after), "",
                  [&](absl::string_view key, absl::string_view value) -> absl::StatusOr<bool> {
                    ZB_ASSIGN_OR_RETURN(const Due due, DecodeDue(key, value));
                    if (due.time <= until) return visit(due);
                    next = due.time;
                    return false;
                  });
}

absl::StatusOr<const Trial*> Session::FetchDueTrial(const Due& due) {
  const auto& [uid, key] = std::get<DueTrial>(due.what);
  ZB_ASSIGN_OR_RETURN(JobEntry* const entry, Load(key.job_id));
  if (entry == nullptr || entry->row.uid != uid) return nullptr;
  entry->fetched = true;
  ZB_ASSIGN_OR_RETURN(const Trial* const trial, FetchTrial(key));
  return trial != nullptr && trial->deadline == due.time ? trial : nullptr;
}

absl::Status Session::Forget(const Due& due) {
  has_changes_ = true;
  if (const auto* const answer = std::get_if<DueAnswer>(&due.what)) {
    ZB_RETURN_IF_ERROR(transaction_->Erase(Table::kAnswers, answer->request_id));
  }
  return transaction_->Erase(Table::kDue, DueRowKey(due));
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
  return change;
}

void Session::ReportChanges(CommitObserver& observer) const {
  for (const JobChange& deletion : deletions_) {
    if (observer.Observes(deletion.job_id)) observer.OnCommit(deletion);
  }
  for (const auto& [job_id, entry] : jobs_) {
    if (entry.has_value() && entry->changed && observer.Observes(job_id)) observer.OnCommit(MakeChange(*entry));
  }
}

}  // namespace zeus::bso::storage

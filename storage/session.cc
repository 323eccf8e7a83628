#include "storage/session.h"

#include <algorithm>
#include <utility>
#include <variant>

#include "absl/strings/str_cat.h"
#include "model/error.h"
#include "model/status_macros.h"

namespace zeus::bso::storage {
namespace {

bool Contains(const std::vector<int64_t>& numbers, int64_t number) {
  return std::find(numbers.begin(), numbers.end(), number) != numbers.end();
}

absl::Status LostRace() {
  return MakeError(Reason::kLostRace, "another call changed what was read at the same time; repeat the call");
}

absl::Status JobNotFetched(absl::string_view job_id) {
  return MakeError(Reason::kJobNotFetched, absl::StrCat("job '", job_id, "' was not fetched in this session"));
}

}  // namespace

void Session::JobEntry::Forget() {
  loaded().Delete();
  fetched = false;
  changed = false;
  trials_fetched.clear();
  arms_fetched.clear();
  trials_started.clear();
  trials_ended.clear();
  trials_voided.clear();
  arms_refit.clear();
  corrections_before = 0;
  stage_before = Stage::kPruning;
  warnings_before.clear();
  results_before = {};
  sums_before = {};
}

absl::StatusOr<Session::JobEntry*> Session::LoadEntry(absl::string_view job_id) {
  if (const auto it = jobs_.find(job_id); it != jobs_.end()) return &it->second;
  JobEntry entry;
  if (lease_ == nullptr) {
    entry.rows = RowsOfSnapshot();
    entry.own = std::make_unique<std::optional<LoadedJob>>();
    entry.job = entry.own.get();
  } else {
    JobCache::Entry* const cached = lease_->Lock(LockOfJob(job_id));
    if (cached == nullptr) return LostRace();
    entry.rows = RowsOf(*cached);
    entry.job = &cached->job;
  }
  if (lease_ != nullptr) lease_->cache().CountLookup(entry.job->has_value());
  if (!entry.job->has_value()) {
    ZB_ASSIGN_OR_RETURN(*entry.job, LoadedJob::Load(job_id, *entry.rows));
  }
  if (entry.exists()) entry.seen = JobVersion{entry.row().uid, entry.row().revision};
  return &jobs_.emplace(job_id, std::move(entry)).first->second;
}

LatestRows Session::RowsOfSnapshot() const {
  return LatestRows([snapshot = snapshot_] { return LatestRows::Base{.snapshot = snapshot, .queued = {}}; }, *batch_);
}

LatestRows Session::RowsOf(const JobCache::Entry& cached) const {
  return LatestRows(
      [&cached, &cache = lease_->cache(), &engine = parts_.engine] {
        // In this order: a batch that is written meanwhile is in both.
        QueuedBatches queued = cache.QueuedOf(cached);
        return LatestRows::Base{.snapshot = engine.TakeSnapshot(), .queued = std::move(queued)};
      },
      *batch_);
}

absl::StatusOr<Session::JobEntry*> Session::Load(absl::string_view job_id) {
  ZB_ASSIGN_OR_RETURN(JobEntry* const entry, LoadEntry(job_id));
  return entry->exists() ? entry : nullptr;
}

const Session::JobEntry* Session::Find(absl::string_view job_id) const {
  const auto it = jobs_.find(job_id);
  return it != jobs_.end() && it->second.exists() ? &it->second : nullptr;
}

Session::JobEntry* Session::Find(absl::string_view job_id) {
  return const_cast<JobEntry*>(std::as_const(*this).Find(job_id));
}

const Snapshot& Session::snapshot() {
  if (snapshot_ == nullptr) snapshot_ = parts_.engine.TakeSnapshot();
  return *snapshot_;
}

absl::Status Session::LockChanges(absl::string_view job_id) {
  if (lease_ == nullptr || parts_.num_reservations.load() == 0) return absl::OkStatus();
  return lease_->Lock(LockOfChanges(job_id)) != nullptr ? absl::OkStatus() : LostRace();
}

absl::Status Session::MarkChanged(JobEntry& entry) {
  const Job& job = entry.row().job;
  if (!entry.changed) ZB_RETURN_IF_ERROR(LockChanges(job.spec.job_id));
  batch_->must_sync = true;
  if (entry.changed) return absl::OkStatus();
  entry.changed = true;
  entry.corrections_before = job.num_corrections;
  entry.stage_before = job.stage;
  entry.warnings_before = job.warnings;
  entry.results_before = job.latest_results;
  entry.sums_before = SumsOf(job);
  return absl::OkStatus();
}

absl::StatusOr<const Job*> Session::FetchJob(absl::string_view job_id) {
  ZB_ASSIGN_OR_RETURN(JobEntry* const entry, Load(job_id));
  if (entry == nullptr) return nullptr;
  entry->fetched = true;
  return &entry->row().job;
}

absl::StatusOr<const Trial*> Session::FetchTrial(const TrialKey& key) {
  ZB_ASSIGN_OR_RETURN(JobEntry* const entry, Load(key.job_id));
  if (entry == nullptr) return nullptr;
  return FetchTrialOfJob(*entry, key.trial_number, key.batch_size);
}

absl::StatusOr<const Trial*> Session::FetchTrialOfClient(absl::string_view job_id, absl::string_view client_id) {
  ZB_ASSIGN_OR_RETURN(JobEntry* const entry, Load(job_id));
  if (entry == nullptr) return nullptr;
  ZB_ASSIGN_OR_RETURN(const std::optional<int64_t> trial_number, entry->loaded().FindClient(client_id, *entry->rows));
  if (!trial_number.has_value()) return nullptr;
  return FetchTrialOfJob(*entry, *trial_number, std::nullopt);
}

// The trial of this number, if it has that batch size.
absl::StatusOr<const Trial*> Session::FetchTrialOfJob(JobEntry& entry, int64_t trial_number,
                                                      std::optional<int64_t> batch_size) {
  ZB_ASSIGN_OR_RETURN(const Trial* const trial, entry.loaded().FindTrial(trial_number, *entry.rows));
  if (trial == nullptr || trial->batch_size != batch_size.value_or(trial->batch_size)) return nullptr;
  if (!Contains(entry.trials_fetched, trial_number)) entry.trials_fetched.push_back(trial_number);
  return trial;
}

absl::StatusOr<const Trial*> Session::FetchDueTrial(const Due& due) {
  const auto& [uid, key] = std::get<DueTrial>(due.what);
  ZB_ASSIGN_OR_RETURN(JobEntry* const entry, Load(key.job_id));
  if (entry == nullptr || entry->row().uid != uid) return nullptr;
  entry->fetched = true;
  ZB_ASSIGN_OR_RETURN(const Trial* const trial, FetchTrial(key));
  return trial != nullptr && trial->deadline == due.time ? trial : nullptr;
}

absl::StatusOr<const GaussianTsArm*> Session::FetchArm(absl::string_view job_id, int64_t batch_size) {
  ZB_ASSIGN_OR_RETURN(JobEntry* const entry, Load(job_id));
  if (entry == nullptr) return nullptr;
  ZB_ASSIGN_OR_RETURN(const LoadedJob::Arms* const arms, entry->loaded().FindArms(*entry->rows));
  const auto arm = arms->find(batch_size);
  if (arm == arms->end()) return nullptr;
  if (!Contains(entry->arms_fetched, batch_size)) entry->arms_fetched.push_back(batch_size);
  return &arm->second;
}

absl::StatusOr<const Job*> Session::FetchedJob(absl::string_view job_id) const {
  const JobEntry* const entry = Find(job_id);
  if (entry == nullptr || !entry->fetched) return JobNotFetched(job_id);
  return &entry->row().job;
}

absl::StatusOr<const Trial*> Session::FetchedTrial(const TrialKey& key) const {
  const JobEntry* const entry = Find(key.job_id);
  if (entry != nullptr && Contains(entry->trials_fetched, key.trial_number)) {
    ZB_ASSIGN_OR_RETURN(const Trial* const trial, entry->loaded().FindTrial(key.trial_number, *entry->rows));
    if (trial != nullptr && trial->batch_size == key.batch_size) return trial;
  }
  return MakeError(Reason::kTrialNotFetched,
                   absl::StrCat("trial ", key.trial_number, " with batch size ", key.batch_size, " of job '",
                                key.job_id, "' was not fetched in this session"));
}

absl::StatusOr<const GaussianTsArm*> Session::FetchedArm(absl::string_view job_id, int64_t batch_size) const {
  const JobEntry* const entry = Find(job_id);
  if (entry != nullptr && Contains(entry->arms_fetched, batch_size)) {
    ZB_ASSIGN_OR_RETURN(const LoadedJob::Arms* const arms, entry->loaded().FindArms(*entry->rows));
    return &arms->at(batch_size);
  }
  return MakeError(Reason::kArmNotFetched, absl::StrCat("the arm of batch size ", batch_size, " of job '", job_id,
                                                        "' was not fetched in this session"));
}

absl::StatusOr<Session::JobVersion> Session::VersionOf(absl::string_view job_id) const {
  const JobEntry* const entry = Find(job_id);
  if (entry == nullptr) return JobNotFetched(job_id);
  return JobVersion{entry->row().uid, entry->row().revision};
}

absl::StatusOr<int64_t> Session::LastTrialNumber(absl::string_view job_id) const {
  ZB_RETURN_IF_ERROR(FetchedJob(job_id).status());
  return Find(job_id)->row().last_trial_number;
}

Session::Versions Session::SeenVersions() const {
  Versions versions;
  for (const auto& [job_id, entry] : jobs_) versions.emplace(job_id, entry.seen);
  return versions;
}

std::shared_ptr<const WriteBatch> Session::TakeBatch() {
  for (auto& [job_id, entry] : jobs_) {
    if (!entry.changed || !entry.exists()) continue;
    ++entry.row().revision;
    RoundTimes(entry.row().job);
    batch_->Put(Table::kJobs, job_id, EncodeJob(entry.row()));
    batch_->sums_added += SumsOf(entry.row().job);
    batch_->sums_added -= entry.sums_before;
    if (entry.in_parts) batch_->Delete(Table::kGarbage, UidKey(entry.row().uid));
  }
  return batch_;
}

void Session::Discard() {
  if (!has_changes()) return;
  for (auto& [job_id, entry] : jobs_) entry.job->reset();
}

void Session::ForgetEndedTrials() {
  for (auto& [job_id, entry] : jobs_) {
    if (!entry.exists()) continue;
    for (const int64_t number : entry.trials_fetched) entry.loaded().ForgetIfEnded(number);
  }
}

absl::StatusOr<JobChange> Session::MakeChange(const JobEntry& entry) {
  const Job& job = entry.row().job;
  JobChange change;
  change.job_id = job.spec.job_id;
  change.uid = entry.row().uid;
  change.revision = entry.row().revision;
  const auto add_trials = [&](const std::vector<int64_t>& numbers, std::vector<Trial>& trials) -> absl::Status {
    for (const int64_t number : numbers) {
      ZB_ASSIGN_OR_RETURN(const Trial* const trial, entry.loaded().FindTrial(number, *entry.rows));
      trials.push_back(*trial);
    }
    return absl::OkStatus();
  };
  ZB_RETURN_IF_ERROR(add_trials(entry.trials_started, change.trials_started));
  ZB_RETURN_IF_ERROR(add_trials(entry.trials_ended, change.trials_ended));
  ZB_RETURN_IF_ERROR(add_trials(entry.trials_voided, change.trials_voided));
  if (job.num_corrections != entry.corrections_before) change.corrected = job;
  if (!entry.arms_refit.empty()) {
    ZB_ASSIGN_OR_RETURN(const LoadedJob::Arms* const arms, entry.loaded().FindArms(*entry.rows));
    for (const int64_t size : entry.arms_refit) change.arms_refit.push_back(arms->at(size));
  }
  if (job.stage != entry.stage_before) change.stage_changed = job.stage;
  if (job.warnings != entry.warnings_before) {
    change.warnings_changed = job.warnings;
    change.warnings_before = entry.warnings_before;
  }
  return change;
}

absl::StatusOr<std::vector<JobChange>> Session::ChangesFor(const CommitObserver& observer) const {
  std::vector<JobChange> changes;
  for (const JobChange& deletion : deletions_) {
    if (observer.Observes({.job_id = deletion.job_id})) changes.push_back(deletion);
  }
  for (const auto& [job_id, entry] : jobs_) {
    if (!entry.changed || !entry.exists()) continue;
    const Job& job = entry.row().job;
    const ChangedJob changed{.job_id = job_id,
                             .trials_ended = job.latest_results != entry.results_before,
                             .corrected = job.num_corrections != entry.corrections_before,
                             .warnings_changed = job.warnings != entry.warnings_before};
    if (!observer.Observes(changed)) continue;
    ZB_ASSIGN_OR_RETURN(changes.emplace_back(), MakeChange(entry));
  }
  return changes;
}

}  // namespace zeus::bso::storage

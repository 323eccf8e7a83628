#include "storage/loaded_job.h"

#include <algorithm>
#include <utility>

#include "model/error.h"
#include "model/status_macros.h"

namespace zeus::bso::storage {
namespace {

// The place of a trial in a list by trial number.
template <typename Trials>
auto PlaceOf(Trials& trials, int64_t trial_number) {
  return std::lower_bound(trials.begin(), trials.end(), trial_number,
                          [](const Trial& trial, int64_t number) { return trial.trial_number < number; });
}

absl::StatusOr<std::vector<TrialResult>> ReadResults(Uid uid, int64_t batch_size, int64_t limit,
                                                     const LatestRows& rows) {
  std::vector<TrialResult> results;
  ZB_RETURN_IF_ERROR(rows.ScanPrefix(Table::kResults, ResultRowPrefix(uid, batch_size),
                                     [&](absl::string_view key, absl::string_view value) -> absl::StatusOr<bool> {
                                       ZB_ASSIGN_OR_RETURN(const SizeAndNumber names, ParseResultRowKey(key));
                                       ZB_ASSIGN_OR_RETURN(const Result result, DecodeResult(value));
                                       results.push_back({names.trial_number, result});
                                       return limit <= 0 || static_cast<int64_t>(results.size()) < limit;
                                     }));
  return results;
}

}  // namespace

absl::StatusOr<LoadedJob> LoadedJob::Load(absl::string_view job_id, const LatestRows& rows) {
  LoadedJob job;
  ZB_ASSIGN_OR_RETURN(const std::optional<std::string> value, rows.Get(Table::kJobs, job_id));
  if (!value.has_value()) return job;
  ZB_ASSIGN_OR_RETURN(job.row, DecodeJob(job_id, *value));
  return job;
}

void LoadedJob::Insert(JobRow new_row) {
  Delete();
  row = std::move(new_row);
  clients_.emplace();
  arms_.emplace();
  explorations_.emplace();
  curves_sizes_.emplace();
}

absl::StatusOr<Trial*> LoadedJob::FindTrial(int64_t trial_number, const LatestRows& rows) {
  if (const auto found = trials_.find(trial_number); found != trials_.end()) return &found->second;
  if (trial_number > row->last_trial_number) return nullptr;
  ZB_ASSIGN_OR_RETURN(const std::optional<std::string> value,
                      rows.Get(Table::kTrials, TrialRowKey(row->uid, trial_number)));
  if (!value.has_value()) return nullptr;
  ZB_ASSIGN_OR_RETURN(Trial trial, DecodeTrial(row->job.spec.job_id, trial_number, *value));
  trial.job_uid = row->uid;
  return &trials_.emplace(trial_number, std::move(trial)).first->second;
}

absl::StatusOr<std::optional<int64_t>> LoadedJob::FindClient(absl::string_view client_id, const LatestRows& rows) {
  if (!clients_.has_value()) {
    std::map<std::string, int64_t, std::less<>> clients;
    ZB_RETURN_IF_ERROR(rows.ScanPrefix(Table::kClients, UidKey(row->uid),
                                       [&](absl::string_view key, absl::string_view value) -> absl::StatusOr<bool> {
                                         int64_t& number = clients[std::string(key.substr(kUidBytes))];
                                         ZB_ASSIGN_OR_RETURN(number, DecodeClient(value));
                                         return true;
                                       }));
    clients_ = std::move(clients);
  }
  const auto found = clients_->find(client_id);
  return found != clients_->end() ? std::optional(found->second) : std::nullopt;
}

absl::StatusOr<LoadedJob::Arms*> LoadedJob::FindArms(const LatestRows& rows) {
  if (arms_.has_value()) return &*arms_;
  Arms arms;
  ZB_RETURN_IF_ERROR(rows.ScanPrefix(Table::kArms, UidKey(row->uid),
                                     [&](absl::string_view key, absl::string_view value) -> absl::StatusOr<bool> {
                                       ZB_ASSIGN_OR_RETURN(const int64_t batch_size, BatchSizeOfArmRow(key));
                                       ZB_ASSIGN_OR_RETURN(arms[batch_size], DecodeArm(batch_size, value));
                                       return true;
                                     }));
  return &arms_.emplace(std::move(arms));
}

absl::StatusOr<const Explorations*> LoadedJob::FindExplorations(const LatestRows& rows) {
  if (explorations_.has_value()) return &*explorations_;
  Explorations explorations;
  ZB_RETURN_IF_ERROR(rows.ScanPrefix(
      Table::kExplorations, UidKey(row->uid),
      [&](absl::string_view key, absl::string_view value) -> absl::StatusOr<bool> {
        ZB_ASSIGN_OR_RETURN(const SizeAndNumber names, ParseExplorationRowKey(key));
        Trial& trial = explorations[names.batch_size].emplace_back();
        ZB_ASSIGN_OR_RETURN(trial, DecodeTrial(row->job.spec.job_id, names.trial_number, value));
        trial.job_uid = row->uid;
        if (IsExploration(trial)) return true;
        return MakeError(Reason::kStorageCorrupted, "a stored exploration has failed, and yet is kept as one");
      }));
  return &explorations_.emplace(std::move(explorations));
}

absl::StatusOr<const std::vector<CurvesSize>*> LoadedJob::FindCurvesSizes(const LatestRows& rows) {
  if (curves_sizes_.has_value()) return &*curves_sizes_;
  const Job& job = row->job;
  std::vector<CurvesSize> sizes;
  ZB_RETURN_IF_ERROR(rows.ScanPrefix(Table::kCurvesSizes, UidKey(row->uid),
                                     [&](absl::string_view key, absl::string_view value) -> absl::StatusOr<bool> {
                                       ZB_ASSIGN_OR_RETURN(const int64_t batch_size, BatchSizeOfCurvesSizeRow(key));
                                       ZB_ASSIGN_OR_RETURN(sizes.emplace_back(),
                                                           DecodeCurvesSize(batch_size, *job.curves, value));
                                       return true;
                                     }));
  const bool is_whole =
      std::equal(sizes.begin(), sizes.end(), job.spec.batch_sizes.begin(), job.spec.batch_sizes.end(),
                 [](const CurvesSize& size, int64_t batch_size) { return size.batch_size == batch_size; });
  if (!is_whole) return MakeError(Reason::kStorageCorrupted, "the stored batch sizes are not those of their job");
  int64_t num_pending = job.curves->num_running_elsewhere;
  for (const CurvesSize& size : sizes) num_pending += size.state.pending;
  if (num_pending != job.num_running_trials) {
    return MakeError(Reason::kStorageCorrupted, "the stored batch sizes do not count the running trials of their job");
  }
  return &curves_sizes_.emplace(std::move(sizes));
}

absl::StatusOr<std::optional<CostMoments>> LoadedJob::FindCostMoments(int64_t batch_size, const LatestRows& rows) {
  if (const auto found = cost_moments_.find(batch_size); found != cost_moments_.end()) return found->second;
  std::optional<CostMoments> moments;
  ZB_ASSIGN_OR_RETURN(const std::optional<std::string> value,
                      rows.Get(Table::kCostMoments, CostMomentsRowKey(row->uid, batch_size)));
  if (value.has_value()) {
    ZB_ASSIGN_OR_RETURN(moments, DecodeCostMoments(*value));
  }
  return cost_moments_.emplace(batch_size, moments).first->second;
}

absl::StatusOr<std::vector<TrialResult>> LoadedJob::FindResults(int64_t batch_size, int64_t limit,
                                                                const LatestRows& rows) {
  // All of them may be very many, and are rarely asked for.
  if (limit <= 0) return ReadResults(row->uid, batch_size, limit, rows);
  const auto found = newest_results_.find(batch_size);
  if (found != newest_results_.end() && found->second.limit == limit) return found->second.results;
  ZB_ASSIGN_OR_RETURN(std::vector<TrialResult> results, ReadResults(row->uid, batch_size, limit, rows));
  NewestResults& kept = newest_results_[batch_size];
  kept = {.limit = limit, .results = std::move(results)};
  return kept.results;
}

void LoadedJob::PutTrial(const Trial& trial) {
  trials_.insert_or_assign(trial.trial_number, trial);
  if (trial.type == TrialType::kExploration && explorations_.has_value()) PutExploration(trial);
  if (HasResult(trial)) PutResult(trial);
  // The one that now belongs to the newest is not here.
  if (trial.voided.has_value()) newest_results_.erase(trial.batch_size);
}

void LoadedJob::DeleteTrial(int64_t trial_number) {
  const auto found = trials_.find(trial_number);
  if (found == trials_.end()) return;
  const Trial& trial = found->second;
  newest_results_.erase(trial.batch_size);
  if (explorations_.has_value() && explorations_->contains(trial.batch_size)) {
    std::vector<Trial>& explorations = (*explorations_)[trial.batch_size];
    std::erase_if(explorations, [&](const Trial& kept) { return kept.trial_number == trial_number; });
    if (explorations.empty()) explorations_->erase(trial.batch_size);
  }
  trials_.erase(found);
}

void LoadedJob::PutExploration(const Trial& trial) {
  std::vector<Trial>& trials = (*explorations_)[trial.batch_size];
  const auto place = PlaceOf(trials, trial.trial_number);
  const bool is_there = place != trials.end() && place->trial_number == trial.trial_number;
  if (!IsExploration(trial)) {
    if (is_there) trials.erase(place);
    if (trials.empty()) explorations_->erase(trial.batch_size);
  } else if (is_there) {
    *place = trial;
  } else {
    trials.insert(place, trial);
  }
}

void LoadedJob::PutResult(const Trial& trial) {
  const auto found = newest_results_.find(trial.batch_size);
  if (found == newest_results_.end()) return;
  auto& [limit, results] = found->second;
  const auto place =
      std::lower_bound(results.begin(), results.end(), trial.trial_number,
                       [](const TrialResult& result, int64_t number) { return result.trial_number > number; });
  if (place != results.end() && place->trial_number == trial.trial_number) return;
  results.insert(place, {trial.trial_number, *trial.result});
  if (static_cast<int64_t>(results.size()) > limit) results.pop_back();
}

void LoadedJob::PutClient(const std::string& client_id, int64_t trial_number) {
  if (clients_.has_value()) clients_->insert_or_assign(client_id, trial_number);
}

void LoadedJob::DeleteClient(absl::string_view client_id) {
  if (!clients_.has_value()) return;
  if (const auto found = clients_->find(client_id); found != clients_->end()) clients_->erase(found);
}

void LoadedJob::PutCurvesSize(const CurvesSize& size) {
  if (!curves_sizes_.has_value()) return;
  const auto place =
      std::lower_bound(curves_sizes_->begin(), curves_sizes_->end(), size.batch_size,
                       [](const CurvesSize& kept, int64_t batch_size) { return kept.batch_size < batch_size; });
  if (place != curves_sizes_->end() && place->batch_size == size.batch_size) {
    *place = size;
  } else {
    curves_sizes_->insert(place, size);
  }
}

void LoadedJob::DeleteCurvesSize(int64_t batch_size) {
  if (!curves_sizes_.has_value()) return;
  std::erase_if(*curves_sizes_, [batch_size](const CurvesSize& size) { return size.batch_size == batch_size; });
}

void LoadedJob::ForgetIfEnded(int64_t trial_number) {
  const auto found = trials_.find(trial_number);
  if (found != trials_.end() && found->second.status != TrialStatus::kDispatched) trials_.erase(found);
}

size_t LoadedJob::EstimateBytes() const {
  // Nodes of maps, strings and what the allocator adds.
  constexpr size_t kOverhead = 64;
  constexpr size_t kBytesOfATrial = sizeof(Trial) + 2 * kOverhead;
  if (!exists()) return sizeof(LoadedJob);
  const Job& job = row->job;
  size_t bytes = sizeof(LoadedJob) + 4 * kOverhead + job.spec.batch_sizes.size() * sizeof(int64_t) +
                 job.warnings.size() * (sizeof(Warning) + kOverhead) + trials_.size() * kBytesOfATrial;
  if (clients_.has_value()) bytes += clients_->size() * 2 * kOverhead;
  if (arms_.has_value()) bytes += arms_->size() * (sizeof(GaussianTsArm) + kOverhead);
  if (explorations_.has_value()) {
    for (const auto& [size, trials] : *explorations_) bytes += kOverhead + trials.size() * kBytesOfATrial;
  }
  if (curves_sizes_.has_value()) bytes += curves_sizes_->size() * sizeof(CurvesSize);
  bytes += cost_moments_.size() * (sizeof(CostMoments) + kOverhead);
  for (const auto& [size, newest] : newest_results_) {
    bytes += kOverhead + newest.results.size() * sizeof(TrialResult);
  }
  return bytes;
}

}  // namespace zeus::bso::storage

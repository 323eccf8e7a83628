#include "server/service/running_reports.h"

namespace zeus::bso {

TrialProgress MergeReports(const std::optional<TrialProgress>& known, const TrialProgress& report, double cost) {
  TrialProgress merged = known.has_value() && known->epochs > report.epochs ? *known : report;
  merged.first_epoch_cost.reset();
  if (known.has_value()) merged.first_epoch_cost = known->first_epoch_cost;
  if (!merged.first_epoch_cost.has_value() && report.epochs == 1) merged.first_epoch_cost = cost;
  return merged;
}

std::optional<TrialProgress> RunningReports::Find(const Key& key) const {
  const Shard& shard = shards_[ShardOf(key)];
  absl::MutexLock lock(&shard.mutex);
  const auto found = shard.by_trial.find(key);
  if (found == shard.by_trial.end()) return std::nullopt;
  return found->second->second;
}

void RunningReports::Keep(const Key& key, const TrialProgress& progress) {
  Shard& shard = shards_[ShardOf(key)];
  absl::MutexLock lock(&shard.mutex);
  const auto [place, is_new] = shard.by_trial.try_emplace(key);
  if (!is_new) {
    place->second->second = progress;
    shard.reports.splice(shard.reports.end(), shard.reports, place->second);
    return;
  }
  place->second = shard.reports.insert(shard.reports.end(), {key, progress});
  if (shard.reports.size() <= kMaxTrialsOfShard) return;
  shard.by_trial.erase(shard.reports.front().first);
  shard.reports.pop_front();
}

}  // namespace zeus::bso

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
  const auto found = shard.trials.find(key);
  if (found == shard.trials.end()) return std::nullopt;
  return found->second;
}

void RunningReports::Keep(const Key& key, const TrialProgress& progress) {
  Shard& shard = shards_[ShardOf(key)];
  absl::MutexLock lock(&shard.mutex);
  if (!shard.trials.insert_or_assign(key, progress).second) return;
  shard.in_order.push_back(key);
  if (shard.in_order.size() <= kMaxTrialsOfShard) return;
  shard.trials.erase(shard.in_order.front());
  shard.in_order.pop_front();
}

}  // namespace zeus::bso

#include "server/service/running_reports.h"

#include <algorithm>

namespace zeus::bso {

bool WasOvertaken(const std::optional<TrialProgress>& known, const TrialProgress& report) {
  return known.has_value() && report.epochs < known->epochs && report.time_seconds <= known->time_seconds &&
         report.energy_joules <= known->energy_joules;
}

TrialProgress MergeReports(const std::optional<TrialProgress>& known, const TrialProgress& report, double cost,
                           bool is_resumed) {
  const bool has_more_epochs = !known.has_value() || known->epochs == 0 || report.epochs > known->epochs;
  const bool went_back =
      is_resumed && known.has_value() && report.epochs < known->epochs && !WasOvertaken(known, report);
  TrialProgress merged = has_more_epochs || went_back ? report : *known;
  merged.first_epoch.reset();
  merged.first_epoch_cost.reset();
  if (known.has_value()) {
    merged.first_epoch = known->first_epoch;
    merged.first_epoch_cost = known->first_epoch_cost;
  }
  if (!merged.first_epoch_cost.has_value() && report.epochs == 1) {
    merged.first_epoch = Spent{.seconds = report.time_seconds, .joules = report.energy_joules};
    merged.first_epoch_cost = cost;
  }
  return merged;
}

std::optional<RunningReports::Heard> RunningReports::Find(const Key& key) const {
  const Shard& shard = shards_[ShardOf(key)];
  absl::MutexLock lock(&shard.mutex);
  const auto found = shard.by_trial.find(key);
  if (found == shard.by_trial.end()) return std::nullopt;
  return found->second->second;
}

void RunningReports::Hear(const Key& key, absl::Time now, const std::optional<TrialProgress>& progress) {
  Shard& shard = shards_[ShardOf(key)];
  absl::MutexLock lock(&shard.mutex);
  const auto [place, is_new] = shard.by_trial.try_emplace(key);
  if (is_new) {
    place->second = shard.reports.insert(shard.reports.end(), {key, {.time = now, .progress = progress}});
  } else {
    Heard& heard = place->second->second;
    heard.time = std::max(heard.time, now);
    if (progress.has_value()) heard.progress = progress;
    shard.reports.splice(shard.reports.end(), shard.reports, place->second);
  }
  if (shard.reports.size() <= kMaxTrialsOfShard) return;
  shard.by_trial.erase(shard.reports.front().first);
  shard.reports.pop_front();
}

}  // namespace zeus::bso

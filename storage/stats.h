// What the parts of a store count while they work, as plain values. Counts begin with 0 when the store is opened.
#ifndef ZEUS_BSO_STORAGE_STATS_H_
#define ZEUS_BSO_STORAGE_STATS_H_

#include <array>
#include <cstddef>
#include <cstdint>

#include "model/histogram.h"
#include "model/job.h"

namespace zeus::bso::storage {

// Sums over the jobs of a store, or what a batch adds to them.
struct JobSums {
  int64_t running_trials = 0;
  int64_t jobs_with_warnings = 0;

  JobSums& operator+=(const JobSums& other) {
    running_trials += other.running_trials;
    jobs_with_warnings += other.jobs_with_warnings;
    return *this;
  }
  JobSums& operator-=(const JobSums& other) {
    running_trials -= other.running_trials;
    jobs_with_warnings -= other.jobs_with_warnings;
    return *this;
  }

  bool operator==(const JobSums&) const = default;
};

// What one job adds to them.
inline JobSums SumsOf(const Job& job) {
  return {.running_trials = job.num_running_trials, .jobs_with_warnings = job.warnings.empty() ? 0 : 1};
}

inline constexpr std::array<double, 11> kGroupSizeBounds = {1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024};
inline constexpr std::array<double, 14> kSyncSecondsBounds = {0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01,
                                                              0.025,  0.05,    0.1,    0.25,  0.5,    1,     5};

// Of the committer (committer.h).
struct CommitterStats {
  int64_t num_commits = 0;     // Batches that were written.
  int64_t num_failures = 0;    // Writes that failed, and errors that the engine met in the background.
  int64_t num_reopenings = 0;  // After a failure.
  Histogram<kGroupSizeBounds.size()> group_sizes{.bounds = kGroupSizeBounds};       // Batches of a group.
  Histogram<kSyncSecondsBounds.size()> sync_seconds{.bounds = kSyncSecondsBounds};  // Writing and syncing a group.
  JobSums sums;  // What the written batches have added.
};

// Of the jobs in memory (job_cache.h).
struct JobCacheStats {
  int64_t num_hits = 0;    // A call found its job in memory.
  int64_t num_misses = 0;  // A call read its job from the engine.
  int64_t num_bytes = 0;   // Of jobs that are in no use at the moment, roughly.
};

}  // namespace zeus::bso::storage

#endif  // ZEUS_BSO_STORAGE_STATS_H_

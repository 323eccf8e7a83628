#include "server/metrics/page/server_families.h"

#include <cstddef>
#include <optional>

#include "storage/stats.h"

namespace zeus::bso::metrics {

void AddStore(const storage::Store& store, Families& families) {
  const storage::CommitterStats stats = store.committer_stats();
  families.Counter("zeus_bso_commits_total", "Changes that were written, one for each call that changed something.")
      .Add({}, stats.num_commits);
  families.Histogram("zeus_bso_commit_group_size", "Commits that were written together, with one sync.")
      .Add({}, stats.group_sizes.bounds, stats.group_sizes.counts, stats.group_sizes.sum);
  families.Histogram("zeus_bso_sync_seconds", "How long it took to write and sync a group of commits.")
      .Add({}, stats.sync_seconds.bounds, stats.sync_seconds.counts, stats.sync_seconds.sum);
  families.Counter("zeus_bso_storage_failures_total", "Errors of the disk, after which changes were refused.")
      .Add({}, stats.num_failures);
  families.Counter("zeus_bso_storage_reopenings_total", "How often the store was opened again after such an error.")
      .Add({}, stats.num_reopenings);
  families.Gauge("zeus_bso_storage_healthy", "1: changes are accepted. 0: the disk fails.")
      .Add({}, store.health().ok() ? 1.0 : 0.0);
  families.Counter("zeus_bso_lost_races_total", "Sessions whose commit was refused, as another call was faster.")
      .Add({}, store.num_lost_races());

  const storage::JobCacheStats cache = store.cache_stats();
  Family& lookups = families.Counter("zeus_bso_job_cache_lookups_total",
                                     "How often a call found its job in memory (hit), or read it (miss).");
  lookups.Add({{"result", "hit"}}, cache.num_hits);
  lookups.Add({{"result", "miss"}}, cache.num_misses);
  families.Gauge("zeus_bso_job_cache_bytes", "Memory of jobs that no call uses at the moment, roughly.")
      .Add({}, cache.num_bytes);
}

void AddStreams(const api::JobWatchHub& watchers, const api::OpenSessions& sessions, Families& families) {
  families.Gauge("zeus_bso_watchers", "Callers that watch jobs (WatchJob).")
      .Add({}, static_cast<double>(watchers.num_watchers()));
  families.Gauge("zeus_bso_sessions", "Open sessions (Session and ExportJob).")
      .Add({}, static_cast<double>(sessions.sessions.num_open()));
}

void AddJobs(const storage::Store& store, const TrialTotals& trials, Families& families) {
  families.Gauge("zeus_bso_jobs", "Registered jobs.").Add({}, store.num_jobs());
  if (const std::optional<storage::JobSums> sums = store.job_sums(); sums.has_value()) {
    families.Gauge("zeus_bso_running_trials", "Running trials of all jobs.").Add({}, sums->running_trials);
    families.Gauge("zeus_bso_jobs_with_warnings", "Jobs that have a warning.").Add({}, sums->jobs_with_warnings);
  }

  const TrialTotals::Totals totals = trials.Read();
  Family& ended = families.Counter("zeus_bso_trials_ended_total", "Trials that ended, by policy and reason.");
  for (size_t policy = 0; policy < kTrialPolicyNames.size(); ++policy) {
    for (size_t end = 0; end < kTrialEndNames.size(); ++end) {
      ended.Add({{"policy", kTrialPolicyNames[policy]}, {"reason", kTrialEndNames[end]}}, totals.ended[policy][end]);
    }
  }
  families
      .Gauge("zeus_bso_estimated_saved_joules",
             "Estimate of the energy saved against the default batch sizes since the start. May be negative.")
      .Add({}, totals.saved.joules);
  families
      .Gauge("zeus_bso_estimated_saved_seconds",
             "Estimate of the time saved against the default batch sizes since the start. May be negative.")
      .Add({}, totals.saved.seconds);
}

}  // namespace zeus::bso::metrics

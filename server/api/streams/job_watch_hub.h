// Who watches which job, and the way from what happens to them.
#ifndef ZEUS_BSO_SERVER_API_STREAMS_JOB_WATCH_HUB_H_
#define ZEUS_BSO_SERVER_API_STREAMS_JOB_WATCH_HUB_H_

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
#include "model/job_summary.h"
#include "model/trial.h"
#include "storage/job_change.h"
#include "zeus/bso/v1/batch_size_optimizer.pb.h"

namespace zeus::bso::api {

// Takes what happens to one job. Thread-safe; must not block.
class JobWatcher {
 public:
  virtual ~JobWatcher() = default;
  virtual void OnChange(const storage::JobChange& change) = 0;
  virtual void OnReport(const v1::TrialReport& report) = 0;
  virtual void OnSummary(uint64_t job_uid, const v1::JobSummary& summary) = 0;
  // Changes may have been missed.
  virtual void OnReopened() = 0;
  // The server drains: end now.
  virtual void OnDrain() = 0;
};

// Thread-safe.
class JobWatchHub final : public storage::CommitObserver {
 public:
  explicit JobWatchHub(int max_watchers) : max_watchers_(max_watchers) {}

  // From now on until Remove, `watcher` is told of everything that happens to `job_id`. TOO_MANY_WATCHERS, DRAINING.
  absl::Status Add(const std::string& job_id, std::shared_ptr<JobWatcher> watcher) ABSL_LOCKS_EXCLUDED(mutex_);
  void Remove(const std::string& job_id, const JobWatcher* watcher) ABSL_LOCKS_EXCLUDED(mutex_);

  int num_watchers() const { return num_watchers_; }

  // Ends all watchers, and takes no more.
  void Drain() ABSL_LOCKS_EXCLUDED(mutex_);

  // Tells of a report that changes nothing.
  void OnReport(const TrialKey& trial, const TrialProgress& totals) ABSL_LOCKS_EXCLUDED(mutex_);

  // Tells of a summary that was stored.
  void OnSummary(const std::string& job_id, uint64_t job_uid, const JobSummary& summary) ABSL_LOCKS_EXCLUDED(mutex_);

  bool Observes(const storage::ChangedJob& job) const override ABSL_LOCKS_EXCLUDED(mutex_);
  void OnCommit(const storage::JobChange& change) override ABSL_LOCKS_EXCLUDED(mutex_);
  void OnReopened() override ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  using Watchers = std::vector<std::shared_ptr<JobWatcher>>;

  // The watchers of one job, and all watchers. Callers call them without the lock.
  Watchers WatchersOf(const std::string& job_id) const ABSL_LOCKS_EXCLUDED(mutex_);
  Watchers AllWatchers() const ABSL_LOCKS_EXCLUDED(mutex_);

  const int max_watchers_;
  std::atomic<int> num_watchers_ = 0;  // So that calls for jobs that nobody watches take no lock.
  mutable absl::Mutex mutex_;
  bool draining_ ABSL_GUARDED_BY(mutex_) = false;
  absl::flat_hash_map<std::string, Watchers> watchers_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace zeus::bso::api

#endif  // ZEUS_BSO_SERVER_API_STREAMS_JOB_WATCH_HUB_H_

// Keeps the summaries of the jobs up to date. Soon after a trial has ended, a thread in the background computes that of
// its job, and stores those of many jobs in one batch. It takes a tenth of one processor's time at most, so that with
// many jobs a summary may be late, and then covers several trials at once.
#ifndef ZEUS_BSO_SERVER_SERVICE_SUMMARIZER_H_
#define ZEUS_BSO_SERVER_SERVICE_SUMMARIZER_H_

#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_set.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "model/job_summary.h"
#include "storage/keys.h"
#include "storage/store.h"

namespace zeus::bso {

// Thread-safe.
class Summarizer final : public storage::CommitObserver {
 public:
  struct Entry {
    std::string job_id;
    storage::Uid uid = 0;
    JobSummary summary;
  };

  // Is told of each summary that was stored.
  using Told = std::function<void(const Entry& entry)>;

  // Begins at once. It also looks, page by page, for jobs whose summary is older than their last trial. `store`
  // outlives it.
  Summarizer(storage::Store& store, std::function<absl::Time()> clock, Told told);

  // Stops. Jobs that are still to be summarized are found again by the next one.
  ~Summarizer() override;

  Summarizer(const Summarizer&) = delete;
  Summarizer& operator=(const Summarizer&) = delete;

  bool Observes(const storage::ChangedJob& job) const override { return job.trials_ended; }
  void OnCommit(const storage::JobChange& change) override ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  void Run();
  // Returns when there is something to do, or the summarizer is to stop.
  void WaitForWork() ABSL_LOCKS_EXCLUDED(mutex_);
  // Waits; whether to go on.
  bool Pause(absl::Duration duration) ABSL_LOCKS_EXCLUDED(mutex_);
  void Add(const std::string& job_id) ABSL_LOCKS_EXCLUDED(mutex_);
  // The jobs that have been waiting longest.
  std::vector<std::string> Take() ABSL_LOCKS_EXCLUDED(mutex_);

  // Adds the jobs of the next page whose summary is missing or old.
  void FindOldSummaries();

  // LOST_RACE and errors of the disk; jobs that cannot be read are left out.
  absl::Status Summarize(const std::vector<std::string>& job_ids);
  std::vector<Entry> Compute(const std::vector<std::string>& job_ids);
  // False: the job has nothing to summarize.
  absl::StatusOr<bool> ComputeOne(storage::Session& session, Entry& entry) const;
  // Returns those that are stored: not those of jobs that were deleted meanwhile.
  absl::StatusOr<std::vector<Entry>> StoreAll(const std::vector<Entry>& entries);

  storage::Store& store_;
  const std::function<absl::Time()> clock_;
  const Told told_;
  std::optional<std::string> last_looked_at_ = "";  // Of the jobs with old summaries; absent: all were looked at.

  absl::Mutex mutex_;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  // The jobs to summarize, in order, each once.
  std::deque<std::string> queue_ ABSL_GUARDED_BY(mutex_);
  absl::flat_hash_set<std::string> queued_ ABSL_GUARDED_BY(mutex_);
  std::thread thread_;  // Last: it uses all of the above.
};

}  // namespace zeus::bso

#endif  // ZEUS_BSO_SERVER_SERVICE_SUMMARIZER_H_

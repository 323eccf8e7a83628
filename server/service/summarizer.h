// Keeps the summaries of the jobs up to date. Soon after a trial has ended, a thread in the background computes that of
// its job, and stores those of many jobs in one batch. It takes a tenth of one processor's time at most, so that with
// many jobs a summary may be late, and then covers several trials at once.
#ifndef ZEUS_BSO_SERVER_SERVICE_SUMMARIZER_H_
#define ZEUS_BSO_SERVER_SERVICE_SUMMARIZER_H_

#include <functional>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "server/model/job_summary.h"
#include "storage/store.h"

namespace zeus::bso {

// Thread-safe.
class Summarizer final : public storage::CommitObserver {
 public:
  // Is told of each summary that was stored.
  using Told = std::function<void(const std::string& job_id, const JobSummary& summary)>;

  // Begins at once, with the jobs whose summary is older than their last trial. `store` outlives it.
  Summarizer(storage::Store& store, std::function<absl::Time()> clock, Told told);

  // Stops. Jobs that are still to be summarized are found again by the next one.
  ~Summarizer();

  Summarizer(const Summarizer&) = delete;
  Summarizer& operator=(const Summarizer&) = delete;

  bool Observes(const storage::ChangedJob& job) const override { return job.trials_ended; }
  void OnCommit(const storage::JobChange& change) override ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  struct Entry {
    std::string job_id;
    storage::Uid uid = 0;
    JobSummary summary;
  };

  void Run();
  // Waits; whether to go on.
  bool Pause(absl::Duration duration) ABSL_LOCKS_EXCLUDED(mutex_);
  // The next jobs to summarize, once there are any; none: the summarizer stops.
  std::vector<std::string> WaitForJobs() ABSL_LOCKS_EXCLUDED(mutex_);
  void Add(const std::vector<std::string>& job_ids) ABSL_LOCKS_EXCLUDED(mutex_);

  // Finds the jobs whose summary is missing or old, page by page.
  void FindOldSummaries();
  absl::Status FindPage(std::string& after, bool& is_last);

  absl::Status Summarize(const std::vector<std::string>& job_ids);
  absl::StatusOr<std::vector<Entry>> Compute(const std::vector<std::string>& job_ids);
  absl::Status StoreAll(const std::vector<Entry>& entries);

  storage::Store& store_;
  const std::function<absl::Time()> clock_;
  const Told told_;
  absl::Mutex mutex_;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  std::set<std::string> job_ids_ ABSL_GUARDED_BY(mutex_);  // Of the jobs to summarize.
  std::thread thread_;                                     // Last: it uses all of the above.
};

}  // namespace zeus::bso

#endif  // ZEUS_BSO_SERVER_SERVICE_SUMMARIZER_H_

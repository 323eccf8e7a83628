// Keeps the histories of jobs bounded: soon after a trial has ended, a thread in the background collects the oldest
// trials of its job beyond a number of them. It takes a tenth of one processor's time at most.
#ifndef ZEUS_BSO_SERVER_SERVICE_TRIAL_COLLECTOR_H_
#define ZEUS_BSO_SERVER_SERVICE_TRIAL_COLLECTOR_H_

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <thread>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "model/limits.h"
#include "model/moment.h"
#include "server/service/collection.h"
#include "server/service/job_queue.h"
#include "storage/store.h"

namespace zeus::bso {

// Thread-safe.
class TrialCollector final : public storage::CommitObserver {
 public:
  // Begins at once, also with jobs that have too many trials already. `limits.max_trials_per_job` is greater than 0.
  // `store` outlives it.
  TrialCollector(storage::Store& store, std::function<Moment()> clock, const Limits& limits);

  // Stops. What is still to be collected is found again by the next one.
  ~TrialCollector() override;

  TrialCollector(const TrialCollector&) = delete;
  TrialCollector& operator=(const TrialCollector&) = delete;

  bool Observes(const storage::ChangedJob& job) const override { return job.trials_ended || job.corrected; }
  void OnCommit(const storage::JobChange& change) override { queue_.Add(change.job_id); }

 private:
  void Run();
  // Adds the jobs of the next page.
  absl::Status FindJobs();
  // Collects some trials of a job. Whether there may be more.
  absl::StatusOr<bool> CollectSome(const std::string& job_id);
  // Collects trials that were found. False: their job was corrected meanwhile.
  absl::StatusOr<bool> Take(const Collection& part);

  storage::Store& store_;
  const std::function<Moment()> clock_;
  const Limits limits_;
  std::optional<std::string> last_found_ = "";  // Of the jobs that were there before; absent: all were found.
  JobQueue queue_;
  std::thread thread_;  // Last: it uses all of the above.
};

}  // namespace zeus::bso

#endif  // ZEUS_BSO_SERVER_SERVICE_TRIAL_COLLECTOR_H_

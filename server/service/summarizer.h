// Keeps the summaries of the jobs up to date. Soon after a trial has ended, or its job was corrected, a thread in the
// background computes that of the job, and stores those of many jobs in one batch. It takes a tenth of one processor's
// time at most, so that with many jobs a summary may be late, and then covers several trials at once.
#ifndef ZEUS_BSO_SERVER_SERVICE_SUMMARIZER_H_
#define ZEUS_BSO_SERVER_SERVICE_SUMMARIZER_H_

#include <functional>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "model/job_summary.h"
#include "model/moment.h"
#include "model/trial.h"
#include "server/service/job_queue.h"
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
    std::optional<Spent> default_cost;  // What a training at the default is believed to cost. Absent: not known.
  };

  // Is told of each summary that was stored.
  using Told = std::function<void(const Entry& entry)>;

  // Begins at once. It also looks, page by page, for jobs whose summary is older than their last trial. `store`
  // outlives it.
  Summarizer(storage::Store& store, std::function<Moment()> clock, Told told);

  // Stops. Jobs that are still to be summarized are found again by the next one.
  ~Summarizer() override;

  Summarizer(const Summarizer&) = delete;
  Summarizer& operator=(const Summarizer&) = delete;

  bool Observes(const storage::ChangedJob& job) const override { return job.trials_ended || job.corrected; }
  void OnCommit(const storage::JobChange& change) override { queue_.Add(change.job_id); }

 private:
  void Run();

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
  const std::function<Moment()> clock_;
  const Told told_;
  std::optional<std::string> last_looked_at_ = "";  // Of the jobs with old summaries; absent: all were looked at.
  JobQueue queue_;                                  // Those to summarize.
  std::thread thread_;                              // Last: it uses all of the above.
};

}  // namespace zeus::bso

#endif  // ZEUS_BSO_SERVER_SERVICE_SUMMARIZER_H_

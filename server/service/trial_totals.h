// Counts the trials that end, and estimates what they save against the default batch size. Begins with nothing at each
// start of the server.
//
// The estimate, for joules and for seconds: each training that converged would have cost what a training at the default
// is believed to cost. What all trials of the job really cost is subtracted: also those that did not converge, failed
// or were stopped, as far as they had reported. So the estimate falls while a job explores. The trials of a job count
// when the cost at its default is known; until then they are kept.
#ifndef ZEUS_BSO_SERVER_SERVICE_TRIAL_TOTALS_H_
#define ZEUS_BSO_SERVER_SERVICE_TRIAL_TOTALS_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "model/trial.h"
#include "storage/job_change.h"
#include "storage/keys.h"

namespace zeus::bso {

// The ways that a trial ends: the reason of its last report, or its failure, or kRecorded: it was given a result, but
// no report.
inline constexpr std::array<absl::string_view, 12> kTrialEndNames = {"target_reached",
                                                                     "max_epochs_done",
                                                                     "cost_over_limit",
                                                                     "next_epoch_over_limit",
                                                                     "dearer_than_starting_over",
                                                                     "slower_than_another",
                                                                     "failed",
                                                                     "infeasible",
                                                                     "cancelled",
                                                                     "timed_out",
                                                                     "not_converged",
                                                                     "recorded"};
inline constexpr std::array<absl::string_view, 2> kTrialPolicyNames = {"zeus", "curves"};

// How a trial that has ended did so: an index of kTrialEndNames.
size_t TrialEndOf(const Trial& trial);

// Thread-safe.
class TrialTotals final : public storage::CommitObserver {
 public:
  struct Totals {
    // By policy and end.
    std::array<std::array<int64_t, kTrialEndNames.size()>, kTrialPolicyNames.size()> ended = {};
    Spent saved;
  };

  bool Observes(const storage::ChangedJob& job) const override { return job.trials_ended; }
  void OnCommit(const storage::JobChange& change) override ABSL_LOCKS_EXCLUDED(mutex_);

  // A training at the default of a job is believed to cost so much. Absent: that is not known yet.
  void OnDefaultCost(storage::Uid job_uid, const std::optional<Spent>& cost) ABSL_LOCKS_EXCLUDED(mutex_);

  Totals Read() const ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  // Trials of a job that are not in the estimate yet.
  struct Pending {
    int64_t num_converged = 0;
    Spent spent;
  };

  mutable absl::Mutex mutex_;
  Totals totals_ ABSL_GUARDED_BY(mutex_);
  absl::flat_hash_map<storage::Uid, Pending> pending_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace zeus::bso

#endif  // ZEUS_BSO_SERVER_SERVICE_TRIAL_TOTALS_H_

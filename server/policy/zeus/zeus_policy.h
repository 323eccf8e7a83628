// Zeus' policy: pruning finds out which batch sizes converge, then a bandit picks among them.
//
// Source: You, Chung, Chowdhury: "Zeus: Understanding and Optimizing GPU Energy Consumption of DNN Training", NSDI
// 2023.
#ifndef ZEUS_BSO_SERVER_POLICY_ZEUS_ZEUS_POLICY_H_
#define ZEUS_BSO_SERVER_POLICY_ZEUS_ZEUS_POLICY_H_

#include <cstdint>
#include <optional>
#include <vector>

#include "absl/status/statusor.h"
#include "server/policy/policy.h"

namespace zeus::bso {

class ZeusPolicy final : public Policy {
 public:
  std::vector<CurvesSize> Begin(Job& job) const override;

  // Without pruning, or once it is over, a draw of the bandit. Ends pruning when its last round is done: the survivors
  // become arms, fit on their explorations. NOTHING_CONVERGED, NO_BATCH_SIZE_LEFT, NO_ARMS.
  absl::StatusOr<Start> Choose(Job& job, JobRecords& records, random::Generator& generator) const override;

  absl::StatusOr<Start> Admit(Job& job, int64_t batch_size, TrialType type, JobRecords& records) const override;

  // A cost over beta_knob * min_cost ends a trial, even one that reaches the target with it.
  std::optional<FinalReport> Judge(const Job& job, const Trial& trial, const TrialProgress& report) const override;

  // Counts failures, and adds a result to the moments of its size. Refits the arm of a trial of the bandit that a
  // report has ended; those that ended otherwise are part of the next refit.
  absl::StatusOr<Lesson> Learn(Job& job, const Trial& trial, JobRecords& records) const override;

  absl::StatusOr<Lesson> LearnLate(Job& job, const Trial& trial, JobRecords& records) const override;

  // Takes a trial back that does not count any more, and whose result is not among the records any more. Failures
  // before such a result stay forgotten.
  absl::StatusOr<Lesson> Unlearn(Job& job, const Trial& trial, JobRecords& records) const;

  // Forgets the failures of a size; if it was infeasible, also those of all greater sizes.
  struct Reset {
    std::vector<int64_t> batch_sizes;     // Of which something was forgotten.
    std::vector<GaussianTsArm> new_arms;  // Once the bandit is at work, of those that had none.
  };
  absl::StatusOr<Reset> ResetSize(Job& job, int64_t batch_size, JobRecords& records) const;

  // Nothing is left when Choose would fail. Changes of costs are not noticed.
  absl::StatusOr<Outlook> LookAhead(const Job& job, JobRecords& records) const override;

  // From the newest 10,000 trials, and those that were collected. Once the bandit is at work, costs are those that it
  // believes, and the rest are means of the trials that converged; before, nothing is believed.
  absl::StatusOr<Explanation> Explain(const Job& job, JobRecords& records) const override;
};

}  // namespace zeus::bso

#endif  // ZEUS_BSO_SERVER_POLICY_ZEUS_ZEUS_POLICY_H_

// The curves policy: two curves over the batch size, learned from all trials of a job together. This adapts its
// functions (pick.h, stop.h, learn.h) to what a server keeps.
#ifndef ZEUS_BSO_SERVER_POLICY_CURVES_CURVES_POLICY_H_
#define ZEUS_BSO_SERVER_POLICY_CURVES_CURVES_POLICY_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "absl/status/statusor.h"
#include "server/policy/curves/belief_cache.h"
#include "server/policy/curves/warm_start.h"
#include "server/policy/policy.h"

namespace zeus::bso {

class CurvesPolicy final : public Policy {
 public:
  // `cache` outlives the policy; null: nothing is kept.
  explicit CurvesPolicy(curves::BeliefCache* cache) : cache_(cache) {}

  std::vector<CurvesSize> Begin(Job& job) const override;

  // Never fails for want of a size: none is out for ever.
  absl::StatusOr<Start> Choose(Job& job, JobRecords& records, random::Generator& generator) const override;

  // The type follows from what is known, whatever the caller says.
  absl::StatusOr<Start> Admit(Job& job, int64_t batch_size, TrialType type, JobRecords& records) const override;

  // A target that is reached counts, whatever it cost.
  std::optional<FinalReport> Judge(const Job& job, const Trial& trial, const TrialProgress& report) const override;

  // A trial that ended in a result or gave up counts as at least one epoch; a result whose epochs are not known teaches
  // nothing. Numbers that would leave the bounds of what can be stored are not learned.
  absl::StatusOr<Lesson> Learn(Job& job, const Trial& trial, JobRecords& records) const override;

  absl::StatusOr<Lesson> LearnLate(Job& job, const Trial& trial, JobRecords& records) const override;

  // Nothing is left while all sizes rest. A change of costs counts for 10 results.
  absl::StatusOr<Outlook> LookAhead(const Job& job, JobRecords& records) const override;

  // Estimates for every size, also for those that were never tried.
  absl::StatusOr<Explanation> Explain(const Job& job, JobRecords& records) const override;

  // Starts a job that has just begun with what another one knows (warm_start.h).
  void WarmStart(const curves::KnownJob& source, Job& job, std::vector<CurvesSize>& sizes) const;

  // Stores what was learned otherwise than from a trial. False: its numbers are out of bounds; nothing was stored.
  bool Take(curves::KnownJob known, Job& job, std::vector<CurvesSize>& sizes) const;

  // Learns from epochs that were timed beforehand, each at one of the job's sizes. Returns the sizes that changed.
  absl::StatusOr<std::vector<CurvesSize>> LearnProfiles(Job& job, std::span<const curves::EpochProfile> profiles,
                                                        JobRecords& records) const;

 private:
  // All that the policy knows of a job, as its functions take it.
  static curves::State StateOf(const Job& job, const std::vector<CurvesSize>& sizes);
  // Learns from how a trial ended, which is counted already.
  void LearnEnd(const Trial& trial, Job& job, std::vector<CurvesSize>& sizes) const;

  std::shared_ptr<const curves::Beliefs> Fit(const Job& job, const curves::State& state) const;

  curves::BeliefCache* const cache_;
};

}  // namespace zeus::bso

#endif  // ZEUS_BSO_SERVER_POLICY_CURVES_CURVES_POLICY_H_

// What every policy can do: it chooses batch sizes, decides when a trial is over, and learns from how it ended. Plain
// values in and out: the service reads what a policy asks for, and stores what it answers.
#ifndef ZEUS_BSO_SERVER_POLICY_POLICY_H_
#define ZEUS_BSO_SERVER_POLICY_POLICY_H_

#include <cstdint>
#include <optional>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "model/arm.h"
#include "model/collected_size.h"
#include "model/cost_moments.h"
#include "model/curves.h"
#include "model/job.h"
#include "model/trial.h"
#include "server/policy/explanation.h"
#include "server/random/generator.h"

namespace zeus::bso {

// The records of one job, each read when a policy asks for it. Errors: those of the storage.
class JobRecords {
 public:
  virtual ~JobRecords() = default;

  // Of the Zeus policy.
  // Exploration trials that have not failed, without those that are overdue.
  virtual absl::StatusOr<Explorations> GetExplorations() = 0;
  // Batch size ascending.
  virtual absl::StatusOr<std::vector<GaussianTsArm>> GetArms() = 0;
  // Null where there is none.
  virtual absl::StatusOr<const GaussianTsArm*> GetArm(int64_t batch_size) = 0;
  // Of the costs of all results of that size; no costs where there are none. Only in jobs without a window.
  virtual absl::StatusOr<CostMoments> GetCostMoments(int64_t batch_size) = 0;
  // The latest first, at most spec.window_size of them, where that is greater than 0.
  virtual absl::StatusOr<std::vector<TrialResult>> GetResults(int64_t batch_size) = 0;
  // All that are kept, the latest first.
  virtual absl::StatusOr<std::vector<TrialResult>> GetAllResults(int64_t batch_size) = 0;

  // The trials that are kept and whose numbers are among the greatest `limit`, ascending.
  virtual absl::StatusOr<std::vector<Trial>> GetNewestTrials(int64_t limit) = 0;
  // What the trials of that size said that were collected; all 0 where none was.
  virtual absl::StatusOr<CollectedSize> GetCollectedSize(int64_t batch_size) = 0;

  // Of the curves policy: all sizes of the job, ascending.
  virtual absl::StatusOr<std::vector<CurvesSize>> GetCurvesSizes() = 0;
};

// A trial that is to start, and what follows for the records of its job.
struct Start {
  int64_t batch_size = 0;
  TrialType type = TrialType::kExploration;
  std::optional<curves::Ticket> ticket = std::nullopt;  // To be kept with the trial.
  std::vector<GaussianTsArm> new_arms = {};
  std::optional<CurvesSize> changed_size = std::nullopt;
};

// The changes that the end of a trial makes to the records of its job.
struct Lesson {
  std::optional<CostMoments> cost_moments = std::nullopt;  // Of the trial's size.
  std::optional<GaussianTsArm> refit_arm = std::nullopt;
  std::vector<CurvesSize> changed_sizes = {};
};

// Facts about a job that its warnings are made of.
struct Outlook {
  std::vector<int64_t> failing_sizes;  // The policy does not pick them, because they keep failing; ascending.
  bool nothing_left = false;           // The policy has no size to pick.
  bool costs_changed = false;          // Lately the cost of an epoch was found to have changed at all sizes.
};

// Thread-safe. Methods that take a job may change what the server keeps of it, but not its specification.
class Policy {
 public:
  virtual ~Policy() = default;

  // Sets the knowledge of a new job. Returns the records of its sizes, if the policy keeps any.
  virtual std::vector<CurvesSize> Begin(Job& job) const = 0;

  // The trial to run next. Errors say why there is none.
  virtual absl::StatusOr<Start> Choose(Job& job, JobRecords& records, random::Generator& generator) const = 0;

  // A trial at a size that the caller has chosen. POLICY_MISMATCH: the type is another policy's.
  virtual absl::StatusOr<Start> Admit(Job& job, int64_t batch_size, TrialType type, JobRecords& records) const = 0;

  // Why a running trial is over at this report, whose metric is known; nothing: it goes on.
  virtual std::optional<FinalReport> Judge(const Job& job, const Trial& trial, const TrialProgress& report) const = 0;

  // Returns the facts as they are now.
  virtual absl::StatusOr<Outlook> LookAhead(const Job& job, JobRecords& records) const = 0;

  // Returns the beliefs about the job, and the reasons to pick a size or not.
  virtual absl::StatusOr<Explanation> Explain(const Job& job, JobRecords& records) const = 0;

  // Learns from a trial, which has its end in it but is not stored so yet.
  virtual absl::StatusOr<Lesson> Learn(Job& job, const Trial& trial, JobRecords& records) const = 0;

  // Learns from a trial with its result, which Learn was told of as one that had timed out.
  virtual absl::StatusOr<Lesson> LearnLate(Job& job, const Trial& trial, JobRecords& records) const = 0;
};

}  // namespace zeus::bso

#endif  // ZEUS_BSO_SERVER_POLICY_POLICY_H_

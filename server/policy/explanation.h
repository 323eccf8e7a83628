// What a policy believes about a job, as plain values; zeus.bso.v1.ExplainJobResponse says what each of them means.
#ifndef ZEUS_BSO_SERVER_POLICY_EXPLANATION_H_
#define ZEUS_BSO_SERVER_POLICY_EXPLANATION_H_

#include <cstdint>
#include <optional>
#include <vector>

#include "model/job_summary.h"

namespace zeus::bso {

// See zeus.bso.v1.Standing.
enum class Standing {
  kBest,
  kClose,
  kCostsMore,
  kUntried,
  kNothingConverged,
  kFirstTrialRunning,
  kHasNotConverged,
  kStoppedEarly,
  kBeyondTheTriedRange,
  kResting,
  kRuledOut,
  kPruning,
};

struct Estimate {
  double value = 0;        // At least 0.
  double relative_sd = 0;  // At least 0; may be infinite.
};

struct BatchSizeExplanation {
  int64_t batch_size = 0;
  int64_t num_trials = 0;
  int64_t num_converged = 0;
  int64_t num_failed = 0;
  std::optional<Estimate> cost = std::nullopt;  // In joules, as the next.
  std::optional<Estimate> energy = std::nullopt;
  std::optional<Estimate> time = std::nullopt;  // In seconds.
  std::optional<Estimate> epochs = std::nullopt;
  std::optional<Estimate> epoch_cost = std::nullopt;  // In joules.
  double best_probability = 0;
  Standing standing = Standing::kUntried;
  std::optional<int64_t> trial_number = std::nullopt;  // What `standing` rests on.
};

struct Explanation {
  std::vector<BatchSizeExplanation> sizes;  // Batch size ascending.
  std::optional<int64_t> best_batch_size = std::nullopt;
  std::optional<Saving> cost_saving = std::nullopt;
  std::optional<Saving> time_saving = std::nullopt;
  std::optional<Saving> energy_saving = std::nullopt;
};

}  // namespace zeus::bso

#endif  // ZEUS_BSO_SERVER_POLICY_EXPLANATION_H_

// A recurring training job, as plain values. Units: seconds, joules, watts.
#ifndef ZEUS_BSO_MODEL_JOB_H_
#define ZEUS_BSO_MODEL_JOB_H_

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "model/curves.h"
#include "model/pcg64_state.h"
#include "model/warning.h"

namespace zeus::bso {

// How a job chooses batch sizes and stops trials; see zeus.bso.v1.Policy.
enum class PolicyKind { kZeus, kCurves };

// The most batch sizes of a job of the curves policy, whose decisions take time in proportion to their cube.
inline constexpr int kMaxCurvesBatchSizes = 256;

// The part of the Zeus policy that chooses the batch size of the next trial. A job starts with kPruning, goes on to
// kMab and stays there. kNone: the job follows another policy.
enum class Stage { kPruning, kMab, kNone };

// What the user says about a job; bounds and meaning of each field are those of zeus.bso.v1.JobSpec, defaults filled
// in.
struct JobSpec {
  std::string job_id;
  std::string job_id_prefix;
  std::vector<int64_t> batch_sizes;  // Ascending, distinct, not empty.
  int64_t default_batch_size = 0;
  double eta_knob = 0.5;
  std::optional<double> beta_knob;  // Absent: no early stop.
  double target_metric = 0.5;
  bool higher_is_better_metric = true;
  int64_t max_epochs = 100;
  int64_t num_pruning_rounds = 2;
  int64_t window_size = 0;  // 0: all results.
  double mab_prior_mean = 0;
  double mab_prior_precision = 0;
  int64_t mab_num_explorations = 2;
  std::optional<uint64_t> mab_seed;  // Absent: every draw is independent.
  double max_power = 0;
  int64_t number_of_gpus = 0;
  std::string gpu_model;
  std::optional<absl::Duration> trial_timeout;  // 0: never. Absent: TrialTimeouts::default_timeout.
  int64_t max_failures_per_batch_size = 3;      // 0: no limit.
  PolicyKind policy = PolicyKind::kZeus;

  bool operator==(const JobSpec&) const = default;
};

// How a batch size of a job fails.
struct BatchSizeFailures {
  int64_t num_failures = 0;  // Trials that failed or timed out since the last one with a result.
  bool infeasible = false;   // It cannot run at all, and so no greater size can.

  bool operator==(const BatchSizeFailures&) const = default;
};

// How the latest trials of a job ended; see zeus.bso.v1.LatestResults.
struct LatestResults {
  int64_t last_trial_number = 0;  // 0: no trial has ended.
  std::optional<absl::Time> last_end_time = std::nullopt;
  int64_t num_not_converged = 0;
  int64_t num_without_energy = 0;
  bool epochs_missing = false;

  bool operator==(const LatestResults&) const = default;
};

// Where the history of a job begins. The server has deleted its oldest trials. A base keeps what they taught: sums for
// each size (model/collected_size.h), and the knowledge of the curves policy (CurvesBase). Recounts start from the
// base.
struct TrialHistory {
  int64_t begin = 1;  // Every trial from this number on is kept. Of those before, the ones that are still needed are.
  int64_t first = 1;  // No trial with a smaller number is kept.
  int64_t num_collected = 0;
  // The base covers the trials that ended up to the one of latest_results: its end_revision, or 0 if it has none.
  int64_t end_revision = 0;
  LatestResults latest_results;  // As it was then; last_end_time is present.

  bool operator==(const TrialHistory&) const = default;
};

// A trial that was started.
struct StartedTrial {
  int64_t trial_number = 0;
  absl::Time start_time;

  bool operator==(const StartedTrial&) const = default;
};

// A job with what the server keeps of it.
struct Job {
  JobSpec spec;
  Stage stage = Stage::kPruning;
  int64_t exp_default_batch_size = 0;
  std::optional<double> min_cost;  // Least cost of a converged trial. Absent: nothing has converged.
  int64_t min_cost_batch_size = 0;
  absl::Time create_time;
  std::optional<Pcg64State> generator_state;      // Present exactly when spec.mab_seed is.
  std::map<int64_t, BatchSizeFailures> failures;  // By batch size; of those that have any. kZeus only.
  int64_t num_running_trials = 0;
  std::string warm_start;           // The job whose knowledge this one started with; empty: none.
  std::optional<CurvesJob> curves;  // Present exactly if spec.policy is kCurves.
  LatestResults latest_results;
  std::vector<Warning> warnings;  // By reason, then by batch size.
  // No trial that runs was started before this one. Absent: it is not known, or none runs.
  std::optional<StartedTrial> oldest_running_trial;
  int64_t num_corrections = 0;  // See zeus.bso.v1.Job.
  // When it was asked for that the job is learned anew, on the store's clock. Absent: it is not to be.
  std::optional<absl::Time> relearning;
  std::optional<TrialHistory> history;  // Absent: all trials are kept.
};

}  // namespace zeus::bso

#endif  // ZEUS_BSO_MODEL_JOB_H_

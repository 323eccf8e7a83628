// The values that the curves policy works on. They are plain: the caller loads a State from its storage, calls the
// policy, and stores what changed. A size is named by its index in the ascending list of sizes. A "weight" is a number
// of runs; it may have a fraction. Costs are in any unit, the same one throughout.
#ifndef ZEUS_BSO_SERVER_POLICY_CURVES_STATE_H_
#define ZEUS_BSO_SERVER_POLICY_CURVES_STATE_H_

#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <vector>

#include "absl/container/inlined_vector.h"
#include "server/policy/curves/constants.h"

namespace zeus::bso::curves {

// The settings of a job. They never change.
struct Setup {
  std::vector<int64_t> batch_sizes;  // 1 to 1,024 of them, positive, distinct, ascending
  size_t default_size = 0;           // an index
  int64_t max_epochs = 1;            // at least 1; a trainer ends a run there
  double beta = 2;                   // above 0: a run costs at most about this times the best

  size_t num_sizes() const { return batch_sizes.size(); }

  bool operator==(const Setup&) const = default;
};

// The variance of a run's noise, learned from deviations of results from their size's mean (a scaled inverse
// chi-squared estimate whose evidence is capped).
struct Noise {
  double sum_of_squares = 0;
  double degrees_of_freedom = 0;  // above 0

  // The estimate, at least `least`.
  double Variance(double least) const;

  // Counts a deviation from the mean of `weight` runs. A larger one than `bound` counts as `bound`.
  void Add(double deviation, double bound, double weight);

  bool operator==(const Noise&) const = default;
};

// The last result that contradicted the belief. A second one in the same direction is believed.
struct Surprise {
  int direction = 0;                          // +1: more than believed; -1: less; 0: no surprise
  std::optional<size_t> size = std::nullopt;  // where
  bool believed = false;                      // that size has taken it for the truth already

  bool operator==(const Surprise&) const = default;
};

// The difference of a first epoch from later ones.
struct Warmup {
  double cost = 0;       // what it costs more
  double log_ratio = 0;  // log of how many times as much it costs

  bool operator==(const Warmup&) const = default;
};

// The knowledge of a job that does not belong to one size. A new job starts with these values.
struct JobState {
  int64_t run = 0;  // results learned so far; the policy's clock

  Noise epochs_noise = {.sum_of_squares = kNoisePriorRuns * (kEpochsNoiseSd * kEpochsNoiseSd),
                        .degrees_of_freedom = kNoisePriorRuns};
  Noise cost_noise = {.sum_of_squares = kNoisePriorRuns * (kCostNoiseSd * kCostNoiseSd),
                      .degrees_of_freedom = kNoisePriorRuns};
  Surprise epochs_surprise = {};
  Surprise cost_surprise = {};

  int stops = 0;       // results without success in a row
  int escalation = 0;  // of these, runs at the best size; at most kMaxEscalation

  bool foreign_costs = false;  // costs come from another machine: the next reading sets their level

  Warmup warmup = {};       // the mean
  Warmup last_warmup = {};  // the last reading
  double warmup_runs = 0;   // weight of the mean

  bool operator==(const JobState&) const = default;
};

// The knowledge of a job about one size. A new job starts with these values.
struct SizeState {
  double runs = 0;         // weight of the converged runs
  double log_epochs = 0;   // mean log epochs to the target
  double epochs_hint = 0;  // extra variance of that mean: above 0 for knowledge older than a change
  int64_t last = 0;        // JobState::run when it last converged
  double failures = 0;     // long failures, as of `failed_at`; they decay
  int64_t failed_at = 0;   // a JobState::run

  // While no run has converged: the largest log epochs without success, ascending.
  absl::InlinedVector<double, kMaxBounds> bounds = {};

  double timed = 0;      // weight of the cost readings
  double log_cost = 0;   // mean log cost of an epoch
  double cost_hint = 0;  // extra variance of that mean

  int crashes = 0;         // in a row
  bool fits = false;       // a run at this or a larger size has completed an epoch on this machine
  int ooms = 0;            // times that it ran out of memory since one fit
  int64_t rest_until = 0;  // it is not picked while JobState::run is smaller

  // Runs in flight. The policy only reads it: the caller sets it from the number of its running trials before each
  // call, and need not store it.
  int pending = 0;

  bool operator==(const SizeState&) const = default;
};

struct State {
  Setup setup;
  JobState job;
  std::vector<SizeState> sizes;  // one for each of setup.batch_sizes, in their order
};

// The state of a new job.
State MakeState(Setup setup);

// The reason why a run was started.
enum class Kind {
  kFirst = 0,    // no size has converged yet
  kBest = 1,     // it runs the best size known
  kExplore = 2,  // it explores another size
};

// A run in flight keeps its ticket, so that ShouldStop needs no beliefs.
struct Ticket {
  size_t size = 0;
  Kind kind = Kind::kFirst;
  double reference_cost = 0;  // what a run at the best size costs; 0 for kFirst
  double log_epochs = 0;      // what the pick hoped for; 0 for kFirst
  double mean = 0;            // believed log epochs of this run
  double sd = 0;              // their sd, with the run's noise; above 0
  double log_cost = 0;        // believed log cost of an epoch
  int escalation = 0;         // JobState::escalation at the start

  // The log cost of an epoch if this size was timed on this machine. A run whose log epoch cost differs by more than
  // `jump` is on a machine of another speed.
  std::optional<double> known_cost = std::nullopt;
  double jump = 0;

  bool operator==(const Ticket&) const = default;
};

// The progress of a run. Costs that are not valid (NaN, infinite, zero or negative, see constants.h) are unknown.
struct Progress {
  int64_t epochs = 0;                                            // completed; below 1: none
  double cost = 0;                                               // of exactly these epochs together
  double first_cost = std::numeric_limits<double>::quiet_NaN();  // of the first epoch
};

// The end of a run.
enum class Outcome {
  kConverged,   // it reached the target, whatever it cost
  kStopped,     // the policy stopped it, or it completed max_epochs
  kGaveUp,      // the trainer ended by itself without the target
  kFailed,      // it crashed, or was silent for too long
  kInfeasible,  // it ran out of memory
  kLost,        // it was cancelled, which says nothing
};

}  // namespace zeus::bso::curves

#endif  // ZEUS_BSO_SERVER_POLICY_CURVES_STATE_H_

// What a job of the curves policy knows, as plain values: of itself, of each of its sizes, and of a trial that runs.
// What the numbers mean, and how they change, is in server/policy/curves.
//
// A size is named by its index in the ascending list of sizes. A "weight" is a number of trials; it may have a
// fraction. Costs are in any unit, the same one throughout; the server's is the joule. Logarithms are natural.
#ifndef ZEUS_BSO_MODEL_CURVES_H_
#define ZEUS_BSO_MODEL_CURVES_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "absl/container/inlined_vector.h"

namespace zeus::bso {
namespace curves {

// A size remembers this many of the largest log epochs without success.
inline constexpr size_t kMaxBounds = 3;

// The variance of a run's noise, learned from deviations of results from their size's mean (a scaled inverse
// chi-squared estimate whose evidence is capped).
struct Noise {
  double sum_of_squares = 0;
  double degrees_of_freedom = 1;  // above 0

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

// The knowledge of a job that does not belong to one size.
struct JobState {
  int64_t run = 0;  // results learned so far; the policy's clock

  Noise epochs_noise = {};
  Noise cost_noise = {};
  Surprise epochs_surprise = {};
  Surprise cost_surprise = {};

  int stops = 0;       // results without success in a row
  int escalation = 0;  // of these, runs at the best size; at most kMaxEscalation

  bool foreign_costs = false;  // costs come from another machine: the next reading sets their level

  Warmup warmup = {};       // the mean
  Warmup last_warmup = {};  // the last reading
  double warmup_runs = 0;   // weight of the mean

  // `run` when costs were found to have changed at all sizes, the last time. Nothing is decided by it.
  std::optional<int64_t> costs_changed_at = std::nullopt;

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

  int pending = 0;  // runs in flight

  bool operator==(const SizeState&) const = default;
};

// The reason why a run was started.
enum class Kind {
  kFirst = 0,    // no size has converged yet
  kBest = 1,     // it runs the best size known
  kExplore = 2,  // it explores another size
};

// A run in flight keeps its ticket, so that to decide about it needs no beliefs.
struct Ticket {
  Kind kind = Kind::kFirst;
  double reference_cost = 0;  // what a run at the best size costs; 0 for kFirst
  double log_epochs = 0;      // what the pick hoped for; 0 for kFirst
  double mean = 0;            // believed log epochs of this run
  double sd = 1;              // their sd, with the run's noise; above 0
  double log_cost = 0;        // believed log cost of an epoch
  int escalation = 0;         // JobState::escalation at the start

  // The log cost of an epoch if this size was timed on this machine. A run whose log epoch cost differs by more than
  // `jump` is on a machine of another speed.
  std::optional<double> known_cost = std::nullopt;
  double jump = 0;

  bool operator==(const Ticket&) const = default;
};

// A change of the job's specification that matters when its trials are learned anew.
struct Change {
  int64_t revision = 0;  // Of the job, after the change.
  bool machine = false;  // gpu_model or number_of_gpus
  bool target = false;   // target_metric or higher_is_better_metric
  bool weights = false;  // eta_knob or max_power

  bool operator==(const Change&) const = default;
};

// A job remembers this many changes; with more, only the last one of each kind.
inline constexpr size_t kMaxChanges = 64;

}  // namespace curves

// A job of the curves policy, besides its sizes.
struct CurvesJob {
  curves::JobState state = {};

  // What the policy believes since the last result.
  std::optional<int64_t> best_batch_size = std::nullopt;  // Absent: no size that can run has converged.
  std::optional<double> best_cost = std::nullopt;         // Of a training there, or of one at the least costly of those
                                                          // that converged, if all of them rest. Absent: none has.

  std::vector<curves::Change> changes = {};  // Revision ascending; at most kMaxChanges.
  int64_t first_trial_since_change = 0;      // Trials with smaller numbers were started before the last change.
  int64_t num_running_elsewhere = 0;         // Trials that run at sizes that were removed from the job.

  bool operator==(const CurvesJob&) const = default;
};

// An epoch that was timed without a training.
struct TimedEpoch {
  double seconds = 0;
  double joules = 0;
  double relative_error = 0.03;  // A standard deviation, above 0.

  bool operator==(const TimedEpoch&) const = default;
};

// One size of a job of the curves policy.
struct CurvesSize {
  int64_t batch_size = 0;
  curves::SizeState state = {};

  // Means over the readings that state.log_cost is made of, weighted like it.
  double epoch_seconds = 0;
  double epoch_joules = 0;

  int64_t num_trials = 0;  // That were started.
  int64_t num_converged = 0;
  int64_t num_failed = 0;  // That ended without converging, other than those that were cancelled.
  // Trial numbers of the latest such trial; 0: there is none.
  int64_t last_converged_trial = 0;
  int64_t last_failed_trial = 0;
  int64_t last_infeasible_trial = 0;

  std::optional<TimedEpoch> profile =
      std::nullopt;  // The last one that ProfileJob gave. The same again teaches nothing.

  // The job's revision, after the commit that added the size, reset it last, and profiled it last. 0: never.
  int64_t added_revision = 0;
  int64_t reset_revision = 0;
  int64_t profile_revision = 0;

  bool operator==(const CurvesSize&) const = default;
};

// What a job of the curves policy knew before the trials that are kept, where it knew anything: from a warm start, and
// from trials that were collected. For a job of another policy, what the curves policy would have learned from those.
struct CurvesBase {
  CurvesJob job;
  std::vector<CurvesSize> sizes;  // Ascending. Of sizes that are not the job's any more, or not here, nothing is known.

  bool operator==(const CurvesBase&) const = default;
};

}  // namespace zeus::bso

#endif  // ZEUS_BSO_MODEL_CURVES_H_

// A recurring training as a model: how many epochs a run takes to its target at each batch size, and what they cost.
#ifndef ZEUS_BSO_TESTS_SCENARIOS_WORKLOAD_H_
#define ZEUS_BSO_TESTS_SCENARIOS_WORKLOAD_H_

#include <cstddef>
#include <cstdint>
#include <limits>
#include <map>
#include <string>
#include <vector>

namespace zeus::bso::scenarios {

// Epochs of a run that never reaches the target.
inline constexpr double kNever = std::numeric_limits<double>::infinity();

// Energy counts as much as time.
inline constexpr double kEtaKnob = 0.5;

// Runs at one batch size.
struct SizeModel {
  double epoch_seconds = 0;
  double watts = 0;            // on average
  std::vector<double> epochs;  // to the target; a run draws one of them
  bool runs_out_of_memory = false;
  bool crashes = false;
};

// What holds for a while.
using Phase = std::vector<SizeModel>;  // by index of the batch size

struct Workload {
  std::string name;
  std::string gpu_model = "GPU";
  std::vector<int64_t> batch_sizes;  // ascending
  size_t default_size = 0;           // an index
  int64_t max_epochs = 1;
  double max_watts = 1;
  int64_t recurrences = 0;    // trainings that reach the target
  std::vector<Phase> phases;  // of equal length, in recurrences

  int num_trainers = 1;          // at the same time
  double first_epoch_times = 1;  // cost of a run's first epoch, as a multiple of the others
  // Trials that report their true costs times this factor. By trial number, from 1.
  std::map<int64_t, double> misreported;
  // Trials that need their epochs times this factor, rounded, and at least one. By trial number, too.
  std::map<int64_t, double> shortened;
  // An outage: `num_failing_trials` trials crash, from the number `first_failing_trial` on.
  int64_t first_failing_trial = 1;
  int64_t num_failing_trials = 0;

  const Phase& PhaseOf(int64_t recurrence) const;

  double EpochCost(const SizeModel& size) const;
  // What a training costs at a size, on average; infinite if not all of its runs reach the target.
  double MeanCost(const SizeModel& size) const;

  size_t BestSize(const Phase& phase) const;
  double LeastCost(const Phase& phase) const { return MeanCost(phase[BestSize(phase)]); }
  // Whether in each phase some size reaches the target.
  bool IsSolvable() const;
};

}  // namespace zeus::bso::scenarios

#endif  // ZEUS_BSO_TESTS_SCENARIOS_WORKLOAD_H_

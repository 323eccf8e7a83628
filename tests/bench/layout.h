// What a store holds before it is measured.
#ifndef ZEUS_BSO_TESTS_BENCH_LAYOUT_H_
#define ZEUS_BSO_TESTS_BENCH_LAYOUT_H_

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "model/job.h"
#include "model/trial.h"

namespace zeus::bso::bench {

// The batch sizes of jobs.
inline constexpr std::array<int64_t, 5> kBatchSizes = {32, 64, 128, 256, 512};
// Where the curves policy chooses, jobs have this many, as its decisions take longer the more there are.
inline constexpr int kManySizes = 20;

// kManySizes batch sizes, the default one among them.
std::vector<int64_t> ManyBatchSizes();
inline constexpr int64_t kDefaultBatchSize = 128;

// Trial 1 of every job runs for ever, with the default size.
inline constexpr int64_t kRunningTrial = 1;

// A trial converges after this many epochs, and then reports this metric.
inline constexpr int kEpochsOfALife = 10;
inline constexpr double kTargetReached = 0.9;

// Jobs that are alike.
struct JobGroup {
  std::string name;
  int64_t num_jobs = 1;
  PolicyKind policy = PolicyKind::kZeus;
  std::vector<int64_t> batch_sizes{kBatchSizes.begin(), kBatchSizes.end()};
  // Of jobs of the Zeus policy only.
  Stage stage = Stage::kMab;
  int64_t window_size = 10;
  int64_t num_trials = 0;  // That have succeeded.

  // `number` is in [0, num_jobs).
  std::string JobId(int64_t number) const;

  JobSpec MakeSpec(const std::string& job_id) const;
};

// A number in [0, 1) that is as good as random, and always the same for the same input. What is stored is then no
// easier to compress than what trainers report.
double Scatter(uint64_t input);

// The `number`-th of a series of results, all of which converge within the bound on the cost.
Result MakeResult(int64_t number);

JobSpec MakeSpec(const std::string& job_id, int64_t window_size);

struct Layout {
  std::vector<JobGroup> groups;

  // Names it: equal layouts have equal keys.
  std::string Key() const;
};

}  // namespace zeus::bso::bench

#endif  // ZEUS_BSO_TESTS_BENCH_LAYOUT_H_

#include "tests/bench/layout.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

namespace zeus::bso::bench {

std::string JobGroup::JobId(int64_t number) const { return absl::StrFormat("%s-%07d", name, number); }

JobSpec JobGroup::MakeSpec(const std::string& job_id) const {
  JobSpec spec = bench::MakeSpec(job_id, window_size);
  spec.policy = policy;
  spec.batch_sizes = batch_sizes;
  return spec;
}

std::vector<int64_t> ManyBatchSizes() {
  std::vector<int64_t> sizes;
  for (int64_t i = 1; i <= kManySizes; ++i) sizes.push_back(32 * i);
  return sizes;
}

// SplitMix64.
double Scatter(uint64_t input) {
  uint64_t bits = input + 0x9e3779b97f4a7c15;
  bits = (bits ^ (bits >> 30)) * 0xbf58476d1ce4e5b9;
  bits = (bits ^ (bits >> 27)) * 0x94d049bb133111eb;
  return static_cast<double>((bits ^ (bits >> 31)) >> 11) * 0x1p-53;
}

Result MakeResult(int64_t number) {
  const auto seed = static_cast<uint64_t>(number);
  return {.time_seconds = 100 + 10 * Scatter(2 * seed),
          .energy_joules = 20'000 + 1000 * Scatter(2 * seed + 1),
          .converged = true};
}

JobSpec MakeSpec(const std::string& job_id, int64_t window_size) {
  JobSpec spec;
  spec.job_id = job_id;
  spec.batch_sizes.assign(kBatchSizes.begin(), kBatchSizes.end());
  spec.default_batch_size = kDefaultBatchSize;
  spec.beta_knob = 2;
  spec.window_size = window_size;
  spec.max_power = 300;
  spec.number_of_gpus = 1;
  spec.gpu_model = "V100";
  spec.max_failures_per_batch_size = 0;  // Trials are ended as failed by the hundred.
  return spec;
}

std::string Layout::Key() const {
  std::string key;
  for (const JobGroup& group : groups) {
    absl::StrAppend(&key, key.empty() ? "" : "_", group.name, "-j", group.num_jobs, "-w", group.window_size, "-t",
                    group.num_trials, group.policy == PolicyKind::kCurves ? "-curves" : "", "-s",
                    group.batch_sizes.size());
  }
  return key;
}

}  // namespace zeus::bso::bench

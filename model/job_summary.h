// A short summary of a job, as plain values.
#ifndef ZEUS_BSO_MODEL_JOB_SUMMARY_H_
#define ZEUS_BSO_MODEL_JOB_SUMMARY_H_

#include <cstdint>
#include <optional>

#include "absl/time/time.h"

namespace zeus::bso {

// The saving of a training at the best size, as a share of the cost at the default size.
struct Saving {
  double median = 0;
  double low = 0;  // With a probability of 90 %, it lies between these.
  double high = 0;

  bool operator==(const Saving&) const = default;
};

// See zeus.bso.v1.JobSummary.
struct JobSummary {
  int64_t last_trial_number = 0;  // The trial that had ended last.
  absl::Time last_end_time;
  std::optional<int64_t> best_batch_size = std::nullopt;
  double best_probability = 0;
  std::optional<Saving> cost_saving = std::nullopt;
  std::optional<Saving> time_saving = std::nullopt;
  std::optional<Saving> energy_saving = std::nullopt;
  int64_t num_warnings = 0;
  int64_t num_corrections = 0;  // Of the job, when it was summarized.

  bool operator==(const JobSummary&) const = default;
};

}  // namespace zeus::bso

#endif  // ZEUS_BSO_MODEL_JOB_SUMMARY_H_

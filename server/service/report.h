// A report of a training loop.
#ifndef ZEUS_BSO_SERVER_SERVICE_REPORT_H_
#define ZEUS_BSO_SERVER_SERVICE_REPORT_H_

#include <cstdint>
#include <optional>

#include "absl/status/status.h"
#include "model/job.h"
#include "model/trial.h"

namespace zeus::bso {

// Totals of the run so far, since it was started last. Old clients leave zeros off the wire, so an absent field means
// 0, unless CheckPresence refuses it.
struct Report {
  TrialKey trial;
  std::optional<double> time_seconds = std::nullopt;
  std::optional<double> energy_joules = std::nullopt;
  std::optional<double> metric = std::nullopt;
  std::optional<int64_t> current_epoch = std::nullopt;
  TrialProgress base = {};  // What the trial had done before that.
};

// Totals of the trial at this report, without its first epoch.
TrialProgress TotalsOf(const Report& report);

// INVALID_FIELD: a field is absent although 0 is implausible for it in this job: the time unless eta_knob is 1, the
// energy if eta_knob is 1, the metric if 0 would reach the target.
absl::Status CheckPresence(const JobSpec& spec, const Report& report);

// INVALID_FIELD: a later epoch than the last one known, and less time or energy.
absl::Status CheckGrowth(const std::optional<TrialProgress>& known, const TrialProgress& report);

}  // namespace zeus::bso

#endif  // ZEUS_BSO_SERVER_SERVICE_REPORT_H_

// When a running trial from which nothing is heard ends as failed.
//
// Its start, each report and each heartbeat count as heard. So that hearing from a trial is not a write each time, its
// deadline is set an eighth of its timeout too late, and again only when it is nearer than the timeout.
#ifndef ZEUS_BSO_MODEL_TRIAL_TIMEOUTS_H_
#define ZEUS_BSO_MODEL_TRIAL_TIMEOUTS_H_

#include <algorithm>
#include <optional>

#include "absl/time/time.h"
#include "model/job.h"
#include "model/trial.h"

namespace zeus::bso {

struct TrialTimeouts {
  absl::Duration default_timeout = absl::Hours(24);  // Of jobs that state none. 0: never.
  // How long after its start a server waits for trials that could not reach it while it was down; at most the timeout
  // of the trial's job.
  absl::Duration grace = absl::Hours(1);
  absl::Time server_start = absl::InfinitePast();

  // How long a trial of such a job may be silent; infinite where it may for ever.
  absl::Duration TimeoutOf(const JobSpec& spec) const {
    const absl::Duration timeout = spec.trial_timeout.value_or(default_timeout);
    return timeout == absl::ZeroDuration() ? absl::InfiniteDuration() : timeout;
  }

  // The deadline of a trial that is heard from now, and has `present` so far: another one where it needs one.
  std::optional<absl::Time> NextDeadline(const JobSpec& spec, std::optional<absl::Time> present, absl::Time now) const {
    const absl::Duration timeout = TimeoutOf(spec);
    if (timeout == absl::InfiniteDuration()) return std::nullopt;
    if (present.has_value() && *present >= now + timeout) return std::nullopt;
    return now + timeout + timeout / 8;
  }

  // When a running trial of this job times out, if it is not heard from before.
  absl::Time EndOf(const JobSpec& spec, const Trial& trial) const {
    const absl::Duration timeout = TimeoutOf(spec);
    if (timeout == absl::InfiniteDuration()) return absl::InfiniteFuture();
    // Servers that knew no timeouts kept no deadlines.
    const absl::Time deadline = trial.deadline.value_or(trial.start_time + timeout);
    return std::max(deadline, server_start + std::min(grace, timeout));
  }
};

}  // namespace zeus::bso

#endif  // ZEUS_BSO_MODEL_TRIAL_TIMEOUTS_H_

// When a running trial from which nothing is heard ends as failed. All times are on the store's clock (model/moment.h).
//
// Its start, each report and each heartbeat count as heard. So that hearing from a trial is no write, the server keeps
// in memory when it was heard from, and looks at each trial once in half the time that it may be silent
// (Trial::deadline). Then it stores what was heard meanwhile.
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
  // How long after its start a server waits for trials that could not reach it before, once for each silence of a
  // trial; at most as long as the trial may be silent.
  absl::Duration grace = absl::Hours(1);
  absl::Time server_start = absl::InfinitePast();

  // How long a trial of such a job may be silent, if it has not said how often it sends heartbeats; infinite: for ever.
  absl::Duration TimeoutOf(const JobSpec& spec) const {
    const absl::Duration timeout = spec.trial_timeout.value_or(default_timeout);
    return timeout == absl::ZeroDuration() ? absl::InfiniteDuration() : timeout;
  }

  // How long this trial may be silent.
  absl::Duration SilenceOf(const JobSpec& spec, const Trial& trial) const {
    constexpr int kMissedHeartbeats = 4;
    constexpr absl::Duration kLeastSilence = absl::Minutes(1);
    const absl::Duration timeout = TimeoutOf(spec);
    if (!trial.heartbeat_interval.has_value()) return timeout;
    return std::min(std::max(kMissedHeartbeats * *trial.heartbeat_interval, kLeastSilence), timeout);
  }

  // When a trial that was heard from at `heard` is to be looked at; absent: never.
  std::optional<absl::Time> NextLook(const JobSpec& spec, const Trial& trial, absl::Time heard, absl::Time now) const {
    const absl::Duration silence = SilenceOf(spec, trial);
    if (silence == absl::InfiniteDuration()) return std::nullopt;
    return OnGrid(std::min(now + silence / 2, heard + silence), silence);
  }

  // The time, or a little later: many trials are looked at together, once a second at most.
  static absl::Time OnGrid(absl::Time time, absl::Duration silence) {
    const absl::Duration step = std::clamp(silence / 20, absl::Microseconds(1), absl::Seconds(1));
    return absl::UnixEpoch() + absl::Ceil(time - absl::UnixEpoch(), step);
  }

  // When a running trial ends that was heard from last at `heard`, if it is not heard from before. Without `heard`:
  // when it ends by what is stored.
  absl::Time EndOf(const JobSpec& spec, const Trial& trial, std::optional<absl::Time> heard) const {
    const absl::Duration silence = SilenceOf(spec, trial);
    if (silence == absl::InfiniteDuration()) return absl::InfiniteFuture();
    const absl::Time last = std::max(heard.value_or(absl::InfinitePast()), trial.heard.value_or(absl::InfinitePast()));
    if (last > server_start) return last + silence;
    // Older servers stored the end itself as the deadline, and at first not even that.
    const bool is_known = last != absl::InfinitePast();
    const absl::Time end = is_known ? last + silence : trial.deadline.value_or(trial.start_time + silence);
    if (trial.had_grace) return std::max(end, trial.deadline.value_or(end));
    return std::max(end, server_start + std::min(grace, silence));
  }
};

}  // namespace zeus::bso

#endif  // ZEUS_BSO_MODEL_TRIAL_TIMEOUTS_H_

// What a server allows its clients.
#ifndef ZEUS_BSO_MODEL_LIMITS_H_
#define ZEUS_BSO_MODEL_LIMITS_H_

#include <cstdint>

#include "model/trial_timeouts.h"

namespace zeus::bso {

struct Limits {
  TrialTimeouts timeouts = {};
  int64_t max_jobs = 0;            // In the store; 0: no limit. Calls at the same time may each pass it.
  int64_t max_running_trials = 0;  // Of a job; 0: no limit.
  int64_t max_trials_per_job = 0;  // A job keeps this many; 0: all.
};

}  // namespace zeus::bso

#endif  // ZEUS_BSO_MODEL_LIMITS_H_

// How far a training has come.
#ifndef ZEUS_BSO_PROGRESS_H_
#define ZEUS_BSO_PROGRESS_H_

#include <cstdint>

namespace zeus::bso {

// What a trial reports, usually after each epoch: {.metric = accuracy, .epoch = 3, ...}.
struct Progress {
  // After the last epoch, in the unit of JobSpec.target_metric. Any number; NaN: the target is not reached.
  double metric = 0;

  // How many epochs the run has done. At least 0.
  int64_t epoch = 0;

  // Of the run so far, in seconds, in [0, 1e50].
  double time_seconds = 0;

  // Of the run so far, in joules, in [0, 1e50].
  double energy_joules = 0;
};

}  // namespace zeus::bso

#endif  // ZEUS_BSO_PROGRESS_H_

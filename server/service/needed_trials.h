// Which trials of a job are not to be collected, because decisions still read them.
#ifndef ZEUS_BSO_SERVER_SERVICE_NEEDED_TRIALS_H_
#define ZEUS_BSO_SERVER_SERVICE_NEEDED_TRIALS_H_

#include <cstdint>
#include <limits>
#include <map>

#include "absl/status/statusor.h"
#include "model/job.h"
#include "model/trial.h"
#include "server/service/zeus_service.h"

namespace zeus::bso {

// POLICY_CURVES needs none: what a trial taught is in the beliefs. POLICY_ZEUS needs the explorations during pruning,
// and the newest window_size results of each size. Jobs of more sizes than POLICY_CURVES allows also need the newest
// trials that recorded their epochs: for them there is no CurvesBase that a warm start from the job could begin with.
class NeededTrials {
 public:
  // Of a fetched job. Errors of the storage.
  static absl::StatusOr<NeededTrials> Find(ZeusService& service, const Job& job);

  // Whether a trial of the job is needed. It has ended.
  bool Needs(const Trial& trial) const;

 private:
  bool is_pruning_ = false;
  std::map<int64_t, int64_t> window_begins_;  // By batch size: results from this trial number on are in the window.
  // Trials from this number on that recorded their epochs teach a warm start.
  int64_t warm_start_begin_ = std::numeric_limits<int64_t>::max();
};

}  // namespace zeus::bso

#endif  // ZEUS_BSO_SERVER_SERVICE_NEEDED_TRIALS_H_

// Collects the oldest trials of a job, and keeps what they taught in its base (TrialHistory).
#ifndef ZEUS_BSO_SERVER_SERVICE_COLLECTION_H_
#define ZEUS_BSO_SERVER_SERVICE_COLLECTION_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "model/collected_size.h"
#include "model/curves.h"
#include "model/job.h"
#include "model/trial.h"
#include "server/service/zeus_service.h"
#include "storage/keys.h"

namespace zeus::bso {

// Trials of a job to collect, and the base after that.
struct Collection {
  std::string job_id;
  storage::Uid uid = 0;
  int64_t num_corrections = 0;  // Of the job. After another correction, all is to be found again.
  std::vector<Trial> trials;
  TrialHistory history;
  std::vector<CollectedSize> sizes;  // All that have changed, and others.
  std::optional<CurvesBase> curves;
};

// Finds the oldest ended trials of a job of which more than `max_trials` are kept, in the order of their ends, some
// thousand at most, without those that are needed (NeededTrials). Returns them in parts, each of which is collected
// after the one before. Empty: there is nothing to collect now.
//
// Reads all trials twice, and learns what the oldest taught, which may take seconds: to be called in a session that is
// held open. Returns nothing soon after `is_stopping` answers true. Errors of the storage.
absl::StatusOr<std::vector<Collection>> FindCollections(ZeusService& service, absl::string_view job_id,
                                                        int64_t max_trials, absl::FunctionRef<bool()> is_stopping);

// Deletes the trials, and stores the base. False: the job was corrected meanwhile; nothing was changed.
absl::StatusOr<bool> Collect(ZeusService& service, const Collection& collection);

}  // namespace zeus::bso

#endif  // ZEUS_BSO_SERVER_SERVICE_COLLECTION_H_

// Writes each warning that appears into the log.
#ifndef ZEUS_BSO_SERVER_SERVICE_WARNING_LOG_H_
#define ZEUS_BSO_SERVER_SERVICE_WARNING_LOG_H_

#include "storage/job_change.h"

namespace zeus::bso {

// Thread-safe.
class WarningLog final : public storage::CommitObserver {
 public:
  bool Observes(const storage::ChangedJob& job) const override { return job.warnings_changed; }
  void OnCommit(const storage::JobChange& change) override;
};

}  // namespace zeus::bso

#endif  // ZEUS_BSO_SERVER_SERVICE_WARNING_LOG_H_

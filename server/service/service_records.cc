#include "server/service/service_records.h"

#include "model/status_macros.h"

namespace zeus::bso {

absl::StatusOr<Explorations> ServiceRecords::GetExplorations() {
  ZB_ASSIGN_OR_RETURN(Explorations explorations, service_.GetExplorationsOfJob(job_id_));
  absl::Status status;
  for (auto& [size, trials] : explorations) {
    std::erase_if(trials, [&](const Trial& trial) {
      const absl::StatusOr<bool> ended =
          overdue_ == Overdue::kEnd ? service_.EndIfOverdue(trial) : service_.IsOverdue(trial);
      status.Update(ended.status());
      return ended.value_or(false);
    });
  }
  ZB_RETURN_IF_ERROR(status);
  return explorations;
}

}  // namespace zeus::bso

// A job as records, one after the other.
#ifndef ZEUS_BSO_SERVER_API_TRANSFER_JOB_EXPORT_H_
#define ZEUS_BSO_SERVER_API_TRANSFER_JOB_EXPORT_H_

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "server/service/running_reports.h"
#include "storage/session.h"
#include "zeus/bso/v1/zeus_service.pb.h"

namespace zeus::bso::api {

// Shows the job as it was when the session began, and reads it as it goes on. Not thread-safe.
class JobExport {
 public:
  // `reports` of running trials are newer than what is stored of them; it outlives the export.
  JobExport(std::unique_ptr<storage::Session> session, const RunningReports& reports, absl::string_view job_id)
      : session_(std::move(session)), reports_(reports), job_id_(job_id) {}

  // Fills in the next record; the last one has `end`, and none is to be asked for after it. JOB_NOT_FOUND, and the
  // errors of the storage.
  absl::Status Next(v1::JobRecord& record);

 private:
  absl::Status ReadHead();
  absl::Status ReadTrials();

  const std::unique_ptr<storage::Session> session_;
  const RunningReports& reports_;
  const std::string job_id_;
  bool begun_ = false;
  int64_t num_asked_ = 0;           // Records.
  int64_t last_trial_ = 0;          // That was read.
  std::deque<v1::JobRecord> read_;  // And not asked for yet.
};

}  // namespace zeus::bso::api

#endif  // ZEUS_BSO_SERVER_API_TRANSFER_JOB_EXPORT_H_

// ZeusService.ExportJob for all transports.
#ifndef ZEUS_BSO_SERVER_API_STREAMS_EXPORT_STREAM_H_
#define ZEUS_BSO_SERVER_API_STREAMS_EXPORT_STREAM_H_

#include <memory>
#include <optional>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
#include "server/api/calls/call_record.h"
#include "server/api/streams/session_lease.h"
#include "server/api/transfer/job_export.h"
#include "server/service/running_reports.h"
#include "storage/store.h"
#include "zeus/bso/v1/zeus_service.pb.h"

namespace zeus::bso::api {

// The reader asks for one record at a time. All of them together may take as long as a session. Thread-safe.
class ExportStream final : public std::enable_shared_from_this<ExportStream> {
 public:
  // Begins. `store`, `reports` and `count` outlive the stream. If the call is not admitted (admission.h), or there are
  // too many sessions, the first Next returns the error.
  static std::shared_ptr<ExportStream> Start(storage::Store& store, const RunningReports& reports, SessionCount& count,
                                             const v1::ExportJobRequest& request, const absl::Status& admitted,
                                             CallRecord record);

  // Use Start.
  ExportStream(SessionCount& count, const absl::Status& admitted, CallRecord record)
      : lease_(count, admitted), record_(std::move(record)) {}

  // Fills in the next record; the last one has `end`, and none is to be asked for after it. An error ends the stream:
  // those of JobExport, SESSION_TIMEOUT, the one that Stop was called with.
  absl::Status Next(v1::JobRecord& record) ABSL_LOCKS_EXCLUDED(mutex_);

  // Ends the stream, if it has not ended, with the error `why`.
  void Stop(const absl::Status& why = ClientGone()) ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  static absl::Status ClientGone();

  void Begin(storage::Store& store, const RunningReports& reports, const v1::ExportJobRequest& request)
      ABSL_LOCKS_EXCLUDED(mutex_);
  void OnTimeout();
  // OK: the last record was read.
  void End(const absl::Status& status) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  SessionLease lease_;

  absl::Mutex mutex_;
  CallRecord record_ ABSL_GUARDED_BY(mutex_);
  std::optional<JobExport> job_ ABSL_GUARDED_BY(mutex_);  // Absent after the end.
  absl::Status error_ ABSL_GUARDED_BY(mutex_);            // Why the stream ended.
};

}  // namespace zeus::bso::api

#endif  // ZEUS_BSO_SERVER_API_STREAMS_EXPORT_STREAM_H_

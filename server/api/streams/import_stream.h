// ZeusService.ImportJob for all transports.
#ifndef ZEUS_BSO_SERVER_API_STREAMS_IMPORT_STREAM_H_
#define ZEUS_BSO_SERVER_API_STREAMS_IMPORT_STREAM_H_

#include <functional>
#include <memory>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "model/limits.h"
#include "model/moment.h"
#include "server/api/access/permissions.h"
#include "server/api/calls/call_record.h"
#include "server/api/streams/session_lease.h"
#include "server/api/transfer/job_import.h"
#include "storage/store.h"
#include "zeus/bso/v1/zeus_service.pb.h"

namespace zeus::bso::api {

// Takes one record at a time. All of them together may take as long as a session. Thread-safe.
class ImportStream final : public std::enable_shared_from_this<ImportStream> {
 public:
  using OnTaken = absl::AnyInvocable<void() &&>;
  using OnEnd = absl::AnyInvocable<void(absl::StatusOr<v1::ImportJobResponse> outcome) &&>;

  // All imports share these, which outlive them.
  struct Parts {
    storage::Store& store;
    const std::function<Moment()>& clock;
    const Limits& limits;
    SessionCount& count;
  };

  // Begins. Calls `on_end` once, when the job is imported or with an error, at any time, here or on another thread,
  // where it must not block. After an error nothing has changed, but for errors of the storage. Errors: that of a call
  // that is not admitted (admission.h), TOO_MANY_SESSIONS, SESSION_TIMEOUT, those of JobImport and Store::Commit, the
  // one that Stop was called with.
  static std::shared_ptr<ImportStream> Start(const Parts& parts, const absl::StatusOr<Permissions>& admitted,
                                             CallRecord record, OnEnd on_end);

  // Use Start.
  ImportStream(const Parts& parts, const absl::StatusOr<Permissions>& admitted, CallRecord record, OnEnd on_end)
      : parts_(parts),
        permissions_(admitted.value_or(Permissions())),
        lease_(parts.count, admitted.status()),
        record_(std::move(record)),
        on_end_(std::move(on_end)) {}

  // Takes the next record. True: call it again for the next one; `on_taken` is dropped. False: call it again after
  // `on_taken` was called, on another thread, where it must not block. `on_taken` is dropped if the import ends.
  bool Take(const v1::JobRecord& record, OnTaken on_taken) ABSL_LOCKS_EXCLUDED(mutex_);

  // No more records follow the last one, which was taken. Commits the job if it is whole.
  void Finish() ABSL_LOCKS_EXCLUDED(mutex_);

  // Ends the import with the error `why`, unless it has ended or Finish was called.
  void Stop(const absl::Status& why) ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  void Begin() ABSL_LOCKS_EXCLUDED(mutex_);
  absl::StatusOr<bool> TakeLocked(const v1::JobRecord& record, OnTaken on_taken) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void OnPartWritten(const absl::Status& status, OnTaken on_taken) ABSL_LOCKS_EXCLUDED(mutex_);
  void OnCommitted(const JobImport& job, const absl::Status& status);
  void OnTimeout();
  // The one who sets `job_` to null calls this, after it.
  void CallOnEnd(absl::StatusOr<v1::ImportJobResponse> outcome) ABSL_LOCKS_EXCLUDED(mutex_);

  const Parts parts_;
  const Permissions permissions_;
  SessionLease lease_;
  CallRecord record_;
  OnEnd on_end_;              // Null after the end.
  v1::JobRecord end_record_;  // The last one, of a job that is whole.

  absl::Mutex mutex_;
  std::shared_ptr<JobImport> job_ ABSL_GUARDED_BY(mutex_);  // Null once the import's end was decided.
};

}  // namespace zeus::bso::api

#endif  // ZEUS_BSO_SERVER_API_STREAMS_IMPORT_STREAM_H_

// BatchSizeOptimizer.WatchJob for all transports: one watcher of one job.
#ifndef ZEUS_BSO_SERVER_API_STREAMS_JOB_WATCH_H_
#define ZEUS_BSO_SERVER_API_STREAMS_JOB_WATCH_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "server/api/calls/call_record.h"
#include "server/api/streams/job_event_queue.h"
#include "server/api/streams/job_watch_hub.h"
#include "storage/session.h"
#include "storage/store.h"
#include "zeus/bso/v1/batch_size_optimizer.pb.h"

namespace zeus::bso::api {

// The reader asks for one event at a time; meanwhile the others wait in a bounded queue. When the queue runs over, its
// events are replaced by the job's present state. Thread-safe.
class JobWatch final : public JobWatcher, public std::enable_shared_from_this<JobWatch> {
 public:
  using OnEvent = absl::AnyInvocable<void(absl::StatusOr<v1::JobEvent> event) &&>;

  // Begins to watch. `store` and `hub` outlive the watch. If the call is not admitted (admission.h), or cannot be
  // served, the first Next answers with the error. Call Stop at the end, however the watch ends.
  static std::shared_ptr<JobWatch> Start(storage::Store& store, JobWatchHub& hub, const v1::WatchJobRequest& request,
                                         const absl::Status& admitted, CallRecord record);

  // Use Start.
  JobWatch(storage::Store& store, JobWatchHub& hub, const v1::WatchJobRequest& request, CallRecord record);

  // Calls `on_event` with the next event when there is one, here or on another thread, where it must not block. Call it
  // again only after that, and not after an event `job_deleted`, which is the last one, or an error, which ends the
  // watch.
  void Next(OnEvent on_event) ABSL_LOCKS_EXCLUDED(mutex_);

  // Ends the watch, if it has not ended, with the error `why`, and frees its place.
  void Stop(const absl::Status& why = ClientGone()) ABSL_LOCKS_EXCLUDED(mutex_);

  void OnChange(const storage::JobChange& change) override ABSL_LOCKS_EXCLUDED(mutex_);
  void OnReport(const v1::TrialReport& report) override ABSL_LOCKS_EXCLUDED(mutex_);
  void OnSummary(uint64_t job_uid, const v1::JobSummary& summary) override ABSL_LOCKS_EXCLUDED(mutex_);
  void OnReopened() override ABSL_LOCKS_EXCLUDED(mutex_);
  void OnDrain() override;

 private:
  static absl::Status ClientGone();

  // Answers Next, if it waits and there is an answer. Called without the mutex after every change of what it guards: an
  // answer may call Next again.
  void Advance() ABSL_LOCKS_EXCLUDED(mutex_);
  // The answer to Next, if there is one now.
  std::optional<absl::StatusOr<v1::JobEvent>> TakeAnswer() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  v1::JobEvent Sent(v1::JobEvent event) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  // Whether the queue needs a base that nobody reads yet; the caller then calls Rebase.
  bool BeginRebase() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Reads the job, whose state becomes the base of the queue.
  void Rebase() ABSL_LOCKS_EXCLUDED(mutex_);
  // Fills `event` with the present state of the job.
  absl::Status ReadPresentState(storage::Session& session, v1::JobEvent& event) const;
  // The job was read.
  void OnBase(const absl::Status& status, v1::JobEvent state) ABSL_LOCKS_EXCLUDED(mutex_);
  void SetBase(const absl::Status& status, v1::JobEvent state) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Whether the caller has seen the job at this version.
  bool HasSeen(const v1::JobEvent& state) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void End(const absl::Status& error) ABSL_LOCKS_EXCLUDED(mutex_);
  void EndLocked(const absl::Status& error) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  storage::Store& store_;
  JobWatchHub& hub_;
  const std::string job_id_;

  absl::Mutex mutex_;
  CallRecord record_ ABSL_GUARDED_BY(mutex_);
  OnEvent on_event_ ABSL_GUARDED_BY(mutex_);                      // Null: the reader does not wait.
  std::optional<v1::SeenRevision> seen_ ABSL_GUARDED_BY(mutex_);  // What the caller knows; of the last event sent.
  std::optional<v1::JobEvent> state_ ABSL_GUARDED_BY(mutex_);  // The base of the queue, to be sent before its events.
  JobEventQueue queue_ ABSL_GUARDED_BY(mutex_);
  bool rebasing_ ABSL_GUARDED_BY(mutex_) = false;  // The job is being read; OnBase goes on with what came meanwhile.
  absl::Status error_ ABSL_GUARDED_BY(mutex_);     // How the watch has ended; OK: it has not.
};

}  // namespace zeus::bso::api

#endif  // ZEUS_BSO_SERVER_API_STREAMS_JOB_WATCH_H_

// BatchSizeOptimizer.WatchJob on the wire: one watcher of one job.
#ifndef ZEUS_BSO_SERVER_RPC_WATCH_REACTOR_H_
#define ZEUS_BSO_SERVER_RPC_WATCH_REACTOR_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
#include "grpcpp/support/server_callback.h"
#include "server/rpc/job_event_queue.h"
#include "server/rpc/job_watch_hub.h"
#include "storage/session.h"
#include "storage/store.h"
#include "zeus/bso/v1/batch_size_optimizer.pb.h"

namespace zeus::bso::rpc {

// Sends one event at a time, when the reader has room for it; meanwhile the others wait in a bounded queue. When the
// queue ran over, what it held is replaced by the job's present state. Deletes itself when gRPC and the hub are done
// with it.
class WatchReactor final : public grpc::ServerWriteReactor<v1::JobEvent>,
                           public JobWatcher,
                           public std::enable_shared_from_this<WatchReactor> {
 public:
  // Begins to watch, or ends the stream at once when the call is not admitted (admission.h), or cannot be served.
  // `store` and `hub` outlive it.
  static WatchReactor* Start(storage::Store& store, JobWatchHub& hub, const v1::WatchJobRequest& request,
                             const absl::Status& admitted);

  WatchReactor(storage::Store& store, JobWatchHub& hub, const v1::WatchJobRequest& request);
  ~WatchReactor() override;

  void OnWriteDone(bool ok) override ABSL_LOCKS_EXCLUDED(mutex_);
  void OnCancel() override ABSL_LOCKS_EXCLUDED(mutex_);
  void OnDone() override;

  void OnChange(const storage::JobChange& change) override ABSL_LOCKS_EXCLUDED(mutex_);
  void OnReport(const v1::TrialReport& report) override ABSL_LOCKS_EXCLUDED(mutex_);
  void OnSummary(uint64_t job_uid, const v1::JobSummary& summary) override ABSL_LOCKS_EXCLUDED(mutex_);
  void OnReopened() override ABSL_LOCKS_EXCLUDED(mutex_);
  void OnDrain() override ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  void Begin() ABSL_LOCKS_EXCLUDED(mutex_);
  // Sends the next event, if there is one and none is under way.
  void Advance() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Has the job read, which is to be the base of the queue. Gives the lock back meanwhile.
  void Rebase() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Fills `event` with the present state of the job.
  absl::Status ReadPresentState(storage::Session& session, v1::JobEvent& event) const;
  // The job was read.
  void OnBase(const absl::Status& status, v1::JobEvent state) ABSL_LOCKS_EXCLUDED(mutex_);
  // Whether the caller has seen the job at this version.
  bool HasSeen(const v1::JobEvent& state) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Send(v1::JobEvent event) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void End(const absl::Status& status) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  storage::Store& store_;
  JobWatchHub& hub_;
  const std::string job_id_;
  std::shared_ptr<WatchReactor> self_;  // Until OnDone.

  absl::Mutex mutex_;
  std::optional<v1::SeenRevision> seen_ ABSL_GUARDED_BY(mutex_);  // What the caller knows; of the last event sent.
  JobEventQueue queue_ ABSL_GUARDED_BY(mutex_);
  bool rebasing_ ABSL_GUARDED_BY(mutex_) = false;  // The job is being read; OnBase goes on with what came meanwhile.
  bool writing_ ABSL_GUARDED_BY(mutex_) = false;
  bool ended_ ABSL_GUARDED_BY(mutex_) = false;
  v1::JobEvent event_;  // Being sent.
};

}  // namespace zeus::bso::rpc

#endif  // ZEUS_BSO_SERVER_RPC_WATCH_REACTOR_H_

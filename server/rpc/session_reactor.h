// ZeusService.Session on the wire: a session that is held open by a stream.
#ifndef ZEUS_BSO_SERVER_RPC_SESSION_REACTOR_H_
#define ZEUS_BSO_SERVER_RPC_SESSION_REACTOR_H_

#include <atomic>
#include <memory>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "grpcpp/alarm.h"
#include "grpcpp/support/server_callback.h"
#include "server/rpc/backend.h"
#include "storage/session.h"
#include "zeus/bso/v1/zeus_service.pb.h"

namespace zeus::bso::rpc {

struct SessionLimits {
  int max_sessions = 1000;                    // Open at a time.
  absl::Duration timeout = absl::Minutes(1);  // From its begin to its commit.
};

// How many sessions are open. Thread-safe.
class SessionCount {
 public:
  explicit SessionCount(int max_sessions) : max_sessions_(max_sessions) {}

  // Counts one more, unless there are as many as may be.
  bool Enter();
  void Leave() { open_.fetch_sub(1); }

 private:
  const int max_sessions_;
  std::atomic<int> open_ = 0;
};

// One stream. Reads a request, answers it, reads the next; ends at the first error, at commit, or when its time is up.
// Deletes itself when gRPC and its alarm are done with it.
class SessionReactor final : public grpc::ServerBidiReactor<v1::SessionRequest, v1::SessionResponse>,
                             public std::enable_shared_from_this<SessionReactor> {
 public:
  // Begins a session, or ends the stream at once when it is not admitted (admission.h), or too many are open. `backend`
  // and `count` outlive it.
  static SessionReactor* Start(const Backend& backend, SessionCount& count, absl::Duration timeout,
                               const absl::Status& admitted);

  SessionReactor(const Backend& backend, SessionCount& count, bool is_admitted);
  ~SessionReactor() override;

  void OnReadDone(bool ok) override ABSL_LOCKS_EXCLUDED(mutex_);
  void OnWriteDone(bool ok) override ABSL_LOCKS_EXCLUDED(mutex_);
  void OnDone() override;

 private:
  void Begin(absl::Duration timeout, const absl::Status& admitted);
  void OnTimeout() ABSL_LOCKS_EXCLUDED(mutex_);
  void Serve() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Commit() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Ends the stream; what is not committed is gone.
  void End(const absl::Status& status) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const Backend& backend_;
  SessionCount& count_;
  const bool counted_;
  std::shared_ptr<SessionReactor> self_;  // Until OnDone.
  grpc::Alarm alarm_;

  // Requests come one at a time, but the alarm at any.
  absl::Mutex mutex_;
  std::unique_ptr<storage::Session> session_ ABSL_GUARDED_BY(mutex_);  // Null once the stream's end was decided.
  int num_requests_ ABSL_GUARDED_BY(mutex_) = 0;
  v1::SessionRequest request_;
  v1::SessionResponse response_;
};

}  // namespace zeus::bso::rpc

#endif  // ZEUS_BSO_SERVER_RPC_SESSION_REACTOR_H_

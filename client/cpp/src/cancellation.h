// Ends calls, and the waits between them, at the request of other threads.
#ifndef ZEUS_BSO_CLIENT_CPP_SRC_CANCELLATION_H_
#define ZEUS_BSO_CLIENT_CPP_SRC_CANCELLATION_H_

#include <functional>
#include <stop_token>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "grpcpp/client_context.h"

namespace zeus::bso::client_internal {

// For one thread that calls. Cancelled when one of two stops is requested.
class Cancellation {
 public:
  Cancellation(const std::stop_token& first, const std::stop_token& second);

  bool cancelled() const;

  // Waits; false: it was cancelled before.
  bool SleepFor(absl::Duration duration);

  // While it lives, a cancel ends the call of `context` too. One at a time.
  class Scope {
   public:
    Scope(Cancellation& cancellation, grpc::ClientContext& context);
    ~Scope();

    Scope(const Scope&) = delete;
    Scope& operator=(const Scope&) = delete;

   private:
    Cancellation& cancellation_;
  };

 private:
  void Cancel();

  // Has `context` ended by a cancel from now on, or at once if that has been.
  void SetContext(grpc::ClientContext* context);

  mutable absl::Mutex mutex_;
  bool cancelled_ ABSL_GUARDED_BY(mutex_) = false;
  grpc::ClientContext* context_ ABSL_GUARDED_BY(mutex_) = nullptr;

  // Last: their destructors wait for a Cancel in progress.
  std::stop_callback<std::function<void()>> first_;
  std::stop_callback<std::function<void()>> second_;
};

}  // namespace zeus::bso::client_internal

#endif  // ZEUS_BSO_CLIENT_CPP_SRC_CANCELLATION_H_

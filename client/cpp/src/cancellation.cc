#include "client/cpp/src/cancellation.h"

namespace zeus::bso::client_internal {

Cancellation::Cancellation(const std::stop_token& first, const std::stop_token& second)
    : first_(first, [this] { Cancel(); }), second_(second, [this] { Cancel(); }) {}

bool Cancellation::cancelled() const {
  absl::MutexLock lock(&mutex_);
  return cancelled_;
}

bool Cancellation::SleepFor(absl::Duration duration) {
  absl::MutexLock lock(&mutex_);
  return !mutex_.AwaitWithTimeout(absl::Condition(&cancelled_), duration);
}

void Cancellation::Cancel() {
  absl::MutexLock lock(&mutex_);
  cancelled_ = true;
  if (context_ != nullptr) context_->TryCancel();
}

void Cancellation::SetContext(grpc::ClientContext* context) {
  absl::MutexLock lock(&mutex_);
  context_ = context;
  if (context_ != nullptr && cancelled_) context_->TryCancel();
}

Cancellation::Scope::Scope(Cancellation& cancellation, grpc::ClientContext& context) : cancellation_(cancellation) {
  cancellation_.SetContext(&context);
}

Cancellation::Scope::~Scope() { cancellation_.SetContext(nullptr); }

}  // namespace zeus::bso::client_internal

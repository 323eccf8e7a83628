#include "server/grpc/streams/watch_reactor.h"

#include <utility>

#include "server/grpc/wire/status.h"

namespace zeus::bso::rpc {

WatchReactor* WatchReactor::Start(std::shared_ptr<api::JobWatch> watch) {
  const auto reactor = std::make_shared<WatchReactor>(std::move(watch));
  reactor->self_ = reactor;
  reactor->SendNext();
  return reactor.get();
}

WatchReactor::WatchReactor(std::shared_ptr<api::JobWatch> watch) : watch_(std::move(watch)) {}

void WatchReactor::SendNext() {
  watch_->Next([self = self_](absl::StatusOr<v1::JobEvent> event) { self->Send(std::move(event)); });
}

void WatchReactor::Send(absl::StatusOr<v1::JobEvent> event) {
  if (!event.ok()) return Finish(ToGrpcStatus(event.status()));
  event_ = *std::move(event);
  if (event_.has_job_deleted()) return StartWriteAndFinish(&event_, {}, grpc::Status::OK);
  StartWrite(&event_);
}

void WatchReactor::OnWriteDone(bool ok) {
  if (!ok) watch_->Stop();
  SendNext();
}

void WatchReactor::OnCancel() { watch_->Stop(); }

void WatchReactor::OnDone() {
  watch_->Stop();
  self_.reset();
}

}  // namespace zeus::bso::rpc

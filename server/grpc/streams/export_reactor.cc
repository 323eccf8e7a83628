#include "server/grpc/streams/export_reactor.h"

#include <utility>

#include "server/grpc/wire/status.h"

namespace zeus::bso::rpc {

ExportReactor* ExportReactor::Start(std::shared_ptr<api::ExportStream> stream) {
  auto* const reactor = new ExportReactor(std::move(stream));
  reactor->SendNext();
  return reactor;
}

ExportReactor::ExportReactor(std::shared_ptr<api::ExportStream> stream) : stream_(std::move(stream)) {}

void ExportReactor::SendNext() {
  if (const absl::Status status = stream_->Next(record_); !status.ok()) return Finish(ToGrpcStatus(status));
  if (record_.has_end()) return StartWriteAndFinish(&record_, {}, grpc::Status::OK);
  StartWrite(&record_);
}

void ExportReactor::OnWriteDone(bool ok) {
  if (!ok) stream_->Stop();
  SendNext();
}

void ExportReactor::OnDone() { delete this; }

}  // namespace zeus::bso::rpc

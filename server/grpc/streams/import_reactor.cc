#include "server/grpc/streams/import_reactor.h"

#include <utility>

#include "server/grpc/wire/status.h"

namespace zeus::bso::rpc {

ImportReactor* ImportReactor::Start(const api::ImportStream::Parts& parts,
                                    const absl::StatusOr<api::Permissions>& admitted, api::CallRecord record,
                                    v1::ImportJobResponse* response) {
  const auto reactor = std::make_shared<ImportReactor>(response);
  reactor->self_ = reactor;
  reactor->stream_ = api::ImportStream::Start(
      parts, admitted, std::move(record),
      [reactor](absl::StatusOr<v1::ImportJobResponse> outcome) { reactor->End(std::move(outcome)); });
  reactor->Read();
  return reactor.get();
}

void ImportReactor::Read() {
  absl::MutexLock lock(&mutex_);
  if (!ended_) StartRead(&record_);
}

void ImportReactor::OnReadDone(bool ok) {
  // Also where the caller has gone: then it has not said that this was all, or wants it.
  if (!ok) return stream_->Finish();
  if (stream_->Take(record_, [self = self_] { self->Read(); })) Read();
}

void ImportReactor::End(absl::StatusOr<v1::ImportJobResponse> outcome) {
  absl::MutexLock lock(&mutex_);
  ended_ = true;
  const absl::Status status = outcome.status();
  if (status.ok()) *response_ = *std::move(outcome);
  Finish(ToGrpcStatus(status));
}

void ImportReactor::OnDone() { self_.reset(); }

}  // namespace zeus::bso::rpc

#include "server/rpc/export_reactor.h"

#include "model/error.h"
#include "server/rpc/call_log.h"
#include "server/rpc/status.h"
#include "server/rpc/validate.h"

namespace zeus::bso::rpc {

ExportReactor* ExportReactor::Start(const Backend& backend, SessionCount& count, const v1::ExportJobRequest& request,
                                    const absl::Status& admitted) {
  const auto reactor = std::make_shared<ExportReactor>(count, admitted.ok() ? Validate(request) : admitted);
  reactor->self_ = reactor;
  reactor->Begin(backend, request);
  return reactor.get();
}

void ExportReactor::Begin(const Backend& backend, const v1::ExportJobRequest& request) {
  absl::MutexLock lock(&mutex_);
  if (!lease_.status().ok()) return End(lease_.status());
  job_.emplace(std::make_unique<storage::Session>(backend.store.Begin()), backend.memory.reports, request.job_id());
  lease_.Start(weak_from_this());
  SendNext();
}

void ExportReactor::SendNext() {
  if (const absl::Status status = job_->Next(record_); !status.ok()) return End(status);
  if (!record_.has_end()) return StartWrite(&record_);
  job_.reset();
  lease_.Release();
  LogOutcome(v1::ExportJobRequest::descriptor()->name(), absl::OkStatus());
  StartWriteAndFinish(&record_, {}, grpc::Status::OK);
}

void ExportReactor::OnWriteDone(bool ok) {
  absl::MutexLock lock(&mutex_);
  if (!job_.has_value()) return;
  if (!ok) return End(MakeError(Reason::kClientGone, "the caller has gone"));
  SendNext();
}

void ExportReactor::OnTimeout() {
  absl::MutexLock lock(&mutex_);
  if (job_.has_value()) End(MakeError(Reason::kSessionTimeout, "the job was not read in time"));
}

void ExportReactor::End(const absl::Status& status) {
  job_.reset();
  lease_.Release();
  LogOutcome(v1::ExportJobRequest::descriptor()->name(), status);
  Finish(ToGrpcStatus(status));
}

void ExportReactor::OnDone() {
  lease_.Release();
  self_.reset();
}

}  // namespace zeus::bso::rpc

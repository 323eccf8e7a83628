#include "server/rpc/import_reactor.h"

#include <utility>

#include "model/error.h"
#include "server/rpc/call_log.h"
#include "server/rpc/status.h"

namespace zeus::bso::rpc {
namespace {

// An import writes a part when it holds so many bytes. Small, so that other calls of the group hardly wait for it.
constexpr size_t kPartBytes = size_t{256} << 10;

}  // namespace

ImportReactor* ImportReactor::Start(const Backend& backend, SessionCount& count, v1::ImportJobResponse* response,
                                    const absl::Status& admitted) {
  const auto reactor = std::make_shared<ImportReactor>(backend, count, response, admitted);
  reactor->self_ = reactor;
  reactor->Begin();
  return reactor.get();
}

void ImportReactor::Begin() {
  absl::MutexLock lock(&mutex_);
  if (!lease_.status().ok()) return End(lease_.status());
  job_ = std::make_unique<JobImport>(std::make_unique<storage::Session>(backend_.store.Begin()), backend_.clock,
                                     backend_.limits);
  lease_.Start(weak_from_this());
  StartRead(&record_);
}

void ImportReactor::OnReadDone(bool ok) {
  absl::MutexLock lock(&mutex_);
  if (job_ == nullptr) return;
  if (!ok) return Commit();
  if (const absl::Status status = job_->Take(record_); !status.ok()) return End(status);
  if (job_->session().num_bytes() > kPartBytes) return WritePart();
  StartRead(&record_);
}

void ImportReactor::WritePart() {
  const absl::Status queued = backend_.store.WritePart(
      job_->session(), job_->job_id(), [self = self_](const absl::Status& status) { self->OnPartWritten(status); });
  if (!queued.ok()) End(queued);
}

void ImportReactor::OnPartWritten(const absl::Status& status) {
  absl::MutexLock lock(&mutex_);
  if (job_ == nullptr) return;
  if (!status.ok()) return End(status);
  StartRead(&record_);
}

void ImportReactor::Commit() {
  // Also where the caller has gone: then it has not said that this was all, or wants it.
  if (const absl::Status whole = job_->CheckIsWhole(); !whole.ok()) return End(whole);
  // From here on the timeout finds nothing to end.
  const std::shared_ptr<JobImport> job = std::move(job_);
  backend_.store.Commit(job->session(), [self = self_, job](const absl::Status& status) {
    LogOutcome(v1::JobRecord::descriptor()->name(), status);
    if (status.ok()) {
      job->FillIn(*self->response_);
      LogEvent(self->record_, *self->response_);
    }
    self->Finish(ToGrpcStatus(status));
  });
}

void ImportReactor::OnTimeout() {
  absl::MutexLock lock(&mutex_);
  if (job_ != nullptr) End(MakeError(Reason::kSessionTimeout, "the job was not sent in time; nothing was changed"));
}

void ImportReactor::End(const absl::Status& status) {
  job_.reset();
  lease_.Release();
  LogOutcome(v1::JobRecord::descriptor()->name(), status);
  Finish(ToGrpcStatus(status));
}

void ImportReactor::OnDone() {
  lease_.Release();
  self_.reset();
}

}  // namespace zeus::bso::rpc

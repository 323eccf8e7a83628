#include "server/api/streams/import_stream.h"

#include <utility>

#include "model/error.h"
#include "model/status_macros.h"
#include "server/api/log/call_log.h"

namespace zeus::bso::api {
namespace {

// An import writes a part when it holds so many bytes. Small, so that other calls of the group hardly wait for it.
constexpr size_t kPartBytes = size_t{256} << 10;

}  // namespace

std::shared_ptr<ImportStream> ImportStream::Start(const Parts& parts, const absl::StatusOr<Permissions>& admitted,
                                                  CallRecord record, OnEnd on_end) {
  auto stream = std::make_shared<ImportStream>(parts, admitted, std::move(record), std::move(on_end));
  stream->Begin();
  return stream;
}

void ImportStream::Begin() {
  if (!lease_.status().ok()) return CallOnEnd(lease_.status());
  absl::MutexLock lock(&mutex_);
  job_ = std::make_shared<JobImport>(std::make_unique<storage::Session>(parts_.store.Begin()), parts_.clock,
                                     parts_.limits, permissions_);
  lease_.Start(weak_from_this(), &ImportStream::OnTimeout);
}

bool ImportStream::Take(const v1::JobRecord& record, OnTaken on_taken) {
  absl::StatusOr<bool> taken = true;
  {
    absl::MutexLock lock(&mutex_);
    if (job_ == nullptr) return false;
    taken = TakeLocked(record, std::move(on_taken));
    if (taken.ok()) return *taken;
    job_.reset();
  }
  CallOnEnd(taken.status());
  return false;
}

absl::StatusOr<bool> ImportStream::TakeLocked(const v1::JobRecord& record, OnTaken on_taken) {
  ZB_RETURN_IF_ERROR(job_->Take(record));
  if (record.has_end()) end_record_ = record;
  if (job_->session().num_bytes() <= kPartBytes) return true;
  ZB_RETURN_IF_ERROR(parts_.store.WritePart(
      job_->session(), job_->job_id(),
      [self = shared_from_this(), on_taken = std::move(on_taken)](const absl::Status& status) mutable {
        self->OnPartWritten(status, std::move(on_taken));
      }));
  return false;
}

void ImportStream::OnPartWritten(const absl::Status& status, OnTaken on_taken) {
  if (!status.ok()) return Stop(status);
  {
    absl::MutexLock lock(&mutex_);
    if (job_ == nullptr) return;
  }
  std::move(on_taken)();
}

void ImportStream::Finish() {
  std::shared_ptr<JobImport> job;
  {
    absl::MutexLock lock(&mutex_);
    job = std::exchange(job_, nullptr);  // From here on the timeout finds nothing to end.
  }
  if (job == nullptr) return;
  if (const absl::Status whole = job->CheckIsWhole(); !whole.ok()) return CallOnEnd(whole);
  parts_.store.Commit(job->session(), [self = shared_from_this(), job](const absl::Status& status) {
    self->OnCommitted(*job, status);
  });
}

void ImportStream::OnCommitted(const JobImport& job, const absl::Status& status) {
  if (!status.ok()) return CallOnEnd(status);
  v1::ImportJobResponse response;
  job.FillIn(response);
  CallOnEnd(std::move(response));
}

void ImportStream::Stop(const absl::Status& why) {
  {
    absl::MutexLock lock(&mutex_);
    if (job_ == nullptr) return;
    job_.reset();
  }
  CallOnEnd(why);
}

void ImportStream::OnTimeout() {
  Stop(MakeError(Reason::kSessionTimeout, "the job was not sent in time; nothing was changed"));
}

void ImportStream::CallOnEnd(absl::StatusOr<v1::ImportJobResponse> outcome) {
  // Before the caller hears of the end, and may begin its next import.
  lease_.Release();
  record_.End(v1::JobRecord::descriptor()->name(), outcome.status());
  if (outcome.ok()) LogEvent(end_record_, *outcome, record_.trace());
  std::exchange(on_end_, nullptr)(std::move(outcome));
}

}  // namespace zeus::bso::api

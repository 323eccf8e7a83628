#include "server/api/streams/export_stream.h"

#include <utility>

#include "model/error.h"

namespace zeus::bso::api {

std::shared_ptr<ExportStream> ExportStream::Start(storage::Store& store, const RunningReports& reports,
                                                  SessionCount& count, const v1::ExportJobRequest& request,
                                                  const absl::Status& admitted, CallRecord record) {
  auto stream = std::make_shared<ExportStream>(count, admitted, std::move(record));
  stream->Begin(store, reports, request);
  return stream;
}

void ExportStream::Begin(storage::Store& store, const RunningReports& reports, const v1::ExportJobRequest& request) {
  absl::MutexLock lock(&mutex_);
  if (!lease_.status().ok()) return End(lease_.status());
  job_.emplace(std::make_unique<storage::Session>(store.Begin()), reports, request.job_id());
  lease_.Start(weak_from_this(), &ExportStream::OnTimeout);
}

absl::Status ExportStream::ClientGone() { return MakeError(Reason::kClientGone, "the caller has gone"); }

absl::Status ExportStream::Next(v1::JobRecord& record) {
  absl::MutexLock lock(&mutex_);
  if (!job_.has_value()) return error_;
  absl::Status status = job_->Next(record);
  if (!status.ok() || record.has_end()) End(status);
  return status;
}

void ExportStream::Stop(const absl::Status& why) {
  absl::MutexLock lock(&mutex_);
  if (job_.has_value()) End(why);
}

void ExportStream::OnTimeout() { Stop(MakeError(Reason::kSessionTimeout, "the job was not read in time")); }

void ExportStream::End(const absl::Status& status) {
  error_ = status;
  job_.reset();
  lease_.Release();
  record_.End(v1::ExportJobRequest::descriptor()->name(), status);
}

}  // namespace zeus::bso::api

#include "server/rpc/call_log.h"

#include "absl/strings/match.h"
#include "model/error.h"
#include "spdlog/spdlog.h"

namespace zeus::bso::rpc {
namespace {

bool IsServersFault(absl::string_view reason) {
  return absl::StartsWith(reason, "STORAGE_") || reason == ReasonName(Reason::kInternal);
}

void LogRegistered(const v1::JobSpec& spec) {
  spdlog::info("job '{}' is registered, {} batch sizes", spec.job_id(), spec.batch_sizes_size());
}

}  // namespace

void LogOutcome(const std::string& request_type, const absl::Status& status) {
  if (status.ok()) {
    spdlog::debug("{}: OK", request_type);
    return;
  }
  const std::string reason = ReasonNameOf(status);
  if (IsServersFault(reason)) {
    spdlog::error("{}: {} {}", request_type, reason, std::string(status.message()));
  } else {
    spdlog::debug("{}: {}", request_type, reason);
  }
}

void LogEvent(const v1::RegisterJobRequest&, const v1::RegisterJobResponse& response) {
  if (response.created()) LogRegistered(response.job().spec());
}

void LogEvent(const v1::CreateJobRequest&, const v1::CreateJobResponse& response) {
  LogRegistered(response.job().spec());
}

void LogEvent(const v1::DeleteJobRequest& request, const v1::DeleteJobResponse& response) {
  if (response.deleted()) spdlog::info("job '{}' is deleted", request.job_id());
}

void LogEvent(const v1::JobRecord& last, const v1::ImportJobResponse& response) {
  spdlog::info("job '{}' is imported, {} records", response.job().spec().job_id(), last.end().num_records());
}

}  // namespace zeus::bso::rpc

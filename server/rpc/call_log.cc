#include "server/rpc/call_log.h"

#include "server/model/error.h"
#include "spdlog/spdlog.h"

namespace zeus::bso::rpc {
namespace {

bool IsServersFault(absl::StatusCode code) {
  return code == absl::StatusCode::kInternal || code == absl::StatusCode::kUnavailable ||
         code == absl::StatusCode::kDataLoss || code == absl::StatusCode::kResourceExhausted;
}

void LogRegistered(const v1::JobSpec& spec) {
  spdlog::info("job '{}' is registered, {} batch sizes", spec.job_id(), spec.batch_sizes_size());
}

}  // namespace

void LogOutcome(const std::string& request_type, const absl::Status& status) {
  if (status.ok()) {
    spdlog::debug("{}: OK", request_type);
  } else if (IsServersFault(status.code())) {
    spdlog::error("{}: {} {}", request_type, ReasonNameOf(status), std::string(status.message()));
  } else if (spdlog::should_log(spdlog::level::debug)) {
    spdlog::debug("{}: {}", request_type, ReasonNameOf(status));
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

}  // namespace zeus::bso::rpc

#include "server/api/log/call_log.h"

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "model/error.h"
#include "spdlog/spdlog.h"

namespace zeus::bso::api {
namespace {

bool IsServersFault(const absl::Status& status, absl::string_view reason) {
  if (absl::StartsWith(reason, "STORAGE_")) return true;
  // Errors of a transport's protocol, which are the caller's fault, have no reason but a code that says so.
  return reason == ReasonName(Reason::kInternal) && status.code() != absl::StatusCode::kResourceExhausted &&
         status.code() != absl::StatusCode::kUnimplemented;
}

// The end of a line.
std::string Ending(const TraceReader& trace) {
  const std::string trace_id = trace != nullptr ? trace() : "";
  return trace_id.empty() ? "" : absl::StrCat(" trace_id=", trace_id);
}

void LogRegistered(const v1::JobSpec& spec, const TraceReader& trace) {
  spdlog::info("job '{}' is registered, {} batch sizes{}", spec.job_id(), spec.batch_sizes_size(), Ending(trace));
}

}  // namespace

void LogOutcome(const std::string& request_type, const absl::Status& status, const TraceReader& trace) {
  if (status.ok()) {
    if (spdlog::should_log(spdlog::level::debug)) spdlog::debug("{}: OK{}", request_type, Ending(trace));
    return;
  }
  const std::string reason = ReasonNameOf(status);
  if (IsServersFault(status, reason)) {
    spdlog::error("{}: {} {}{}", request_type, reason, std::string(status.message()), Ending(trace));
  } else if (spdlog::should_log(spdlog::level::debug)) {
    spdlog::debug("{}: {}{}", request_type, reason, Ending(trace));
  }
}

void LogSlowCall(absl::string_view line, const TraceReader& trace) {
  spdlog::warn("slow call: {}{}", std::string(line), Ending(trace));
}

void LogEvent(const v1::RegisterJobRequest&, const v1::RegisterJobResponse& response, const TraceReader& trace) {
  if (response.created()) LogRegistered(response.job().spec(), trace);
}

void LogEvent(const v1::CreateJobRequest&, const v1::CreateJobResponse& response, const TraceReader& trace) {
  LogRegistered(response.job().spec(), trace);
}

void LogEvent(const v1::UpdateJobRequest& request, const v1::UpdateJobResponse& response, const TraceReader& trace) {
  if (request.dry_run()) return;
  for (const v1::FieldChange& change : response.changes()) {
    spdlog::info("job '{}': {} is changed{}", request.spec().job_id(), change.field(), Ending(trace));
  }
}

void LogEvent(const v1::VoidTrialRequest& request, const v1::VoidTrialResponse&, const TraceReader& trace) {
  if (request.dry_run()) return;
  spdlog::info("job '{}': trial {} is void{}", request.job_id(), request.trial_number(), Ending(trace));
}

void LogEvent(const v1::ResetBatchSizeRequest& request, const v1::ResetBatchSizeResponse& response,
              const TraceReader& trace) {
  if (request.dry_run() || response.batch_sizes().empty()) return;
  spdlog::info("job '{}': batch size {} is reset{}", request.job_id(), request.batch_size(), Ending(trace));
}

void LogEvent(const v1::DeleteJobRequest& request, const v1::DeleteJobResponse& response, const TraceReader& trace) {
  if (response.deleted()) spdlog::info("job '{}' is deleted{}", request.job_id(), Ending(trace));
}

void LogEvent(const v1::JobRecord& last, const v1::ImportJobResponse& response, const TraceReader& trace) {
  spdlog::info("job '{}' is imported, {} records{}", response.job().spec().job_id(), last.end().num_records(),
               Ending(trace));
}

}  // namespace zeus::bso::api

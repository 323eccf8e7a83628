// What the log says of calls. Nothing of a request but the ids of jobs, which hold no control characters, is logged. A
// line about a call of a trace ends with the trace: " trace_id=0af7651916cd43dd8448eb211c80319c".
#ifndef ZEUS_BSO_SERVER_API_LOG_CALL_LOG_H_
#define ZEUS_BSO_SERVER_API_LOG_CALL_LOG_H_

#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "server/api/access/trace_id.h"
#include "zeus/bso/v1/batch_size_optimizer.pb.h"
#include "zeus/bso/v1/zeus_service.pb.h"

namespace zeus::bso::api {

// How a call ended: at error when the server is to blame, else at debug.
void LogOutcome(const std::string& request_type, const absl::Status& status, const TraceReader& trace);

// Logs, at warning, that a call took long.
void LogSlowCall(absl::string_view line, const TraceReader& trace);

// What an operator wants to know of a call that succeeded, at info: that jobs come and go, and are corrected. Nothing
// for other calls.
template <typename Request, typename Response>
void LogEvent(const Request&, const Response&, const TraceReader&) {}
void LogEvent(const v1::RegisterJobRequest& request, const v1::RegisterJobResponse& response, const TraceReader& trace);
void LogEvent(const v1::CreateJobRequest& request, const v1::CreateJobResponse& response, const TraceReader& trace);
void LogEvent(const v1::UpdateJobRequest& request, const v1::UpdateJobResponse& response, const TraceReader& trace);
void LogEvent(const v1::VoidTrialRequest& request, const v1::VoidTrialResponse& response, const TraceReader& trace);
void LogEvent(const v1::ResetBatchSizeRequest& request, const v1::ResetBatchSizeResponse& response,
              const TraceReader& trace);
void LogEvent(const v1::DeleteJobRequest& request, const v1::DeleteJobResponse& response, const TraceReader& trace);
void LogEvent(const v1::JobRecord& last, const v1::ImportJobResponse& response, const TraceReader& trace);

}  // namespace zeus::bso::api

#endif  // ZEUS_BSO_SERVER_API_LOG_CALL_LOG_H_

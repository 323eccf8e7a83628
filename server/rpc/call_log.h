// What the log says of calls. Nothing of a request but the ids of jobs, which hold no control characters, is logged.
#ifndef ZEUS_BSO_SERVER_RPC_CALL_LOG_H_
#define ZEUS_BSO_SERVER_RPC_CALL_LOG_H_

#include <string>

#include "absl/status/status.h"
#include "zeus/bso/v1/batch_size_optimizer.pb.h"
#include "zeus/bso/v1/zeus_service.pb.h"

namespace zeus::bso::rpc {

// How a call ended: at error when the server is to blame, else at debug.
void LogOutcome(const std::string& request_type, const absl::Status& status);

// What an operator wants to know of a call that succeeded, at info: that jobs come and go. Nothing for other calls.
template <typename Request, typename Response>
void LogEvent(const Request&, const Response&) {}
void LogEvent(const v1::RegisterJobRequest& request, const v1::RegisterJobResponse& response);
void LogEvent(const v1::CreateJobRequest& request, const v1::CreateJobResponse& response);
void LogEvent(const v1::DeleteJobRequest& request, const v1::DeleteJobResponse& response);
void LogEvent(const v1::JobRecord& last, const v1::ImportJobResponse& response);

}  // namespace zeus::bso::rpc

#endif  // ZEUS_BSO_SERVER_RPC_CALL_LOG_H_

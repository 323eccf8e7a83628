// Follows one call from its begin to its end, when it is counted and logged.
#ifndef ZEUS_BSO_SERVER_API_CALLS_CALL_RECORD_H_
#define ZEUS_BSO_SERVER_API_CALLS_CALL_RECORD_H_

#include <chrono>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "server/api/access/caller.h"
#include "server/api/access/trace_id.h"
#include "server/api/calls/call_monitor.h"
#include "server/api/calls/method_id.h"
#include "storage/call_times.h"

namespace zeus::bso::api {

// Not thread-safe.
class CallRecord {
 public:
  // The call begins. `monitor` outlives it.
  CallRecord(CallMonitor& monitor, const Caller& caller, MethodId method);

  // A move leaves a record that must not be used.
  CallRecord(CallRecord&&) = default;

  // For Store::Transact. Null: the call is not logged however long it takes.
  storage::CallTimes* times() const { return times_.get(); }

  const TraceReader& trace() const { return trace_; }

  // The call ends, once. `request_type` names it in the log.
  void End(const std::string& request_type, const absl::Status& status) { EndOf(request_type, "", status); }

  // The same with the job that a unary call names, which is logged if the request was found valid.
  void EndOf(const std::string& request_type, absl::string_view job_id, const absl::Status& status);

 private:
  using Clock = std::chrono::steady_clock;

  void LogIfSlow(absl::string_view job_id, Clock::time_point end) const;

  CallMonitor* monitor_;
  Transport transport_;
  MethodId method_;
  Clock::time_point begin_;
  TraceReader trace_;
  std::unique_ptr<storage::CallTimes> times_;
};

}  // namespace zeus::bso::api

#endif  // ZEUS_BSO_SERVER_API_CALLS_CALL_RECORD_H_

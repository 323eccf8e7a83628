#include "server/api/calls/call_record.h"

#include <algorithm>
#include <cstddef>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "server/api/log/call_log.h"
#include "spdlog/spdlog.h"

namespace zeus::bso::api {
namespace {

const MethodName& NameOf(MethodId method) { return MethodNames()[static_cast<size_t>(method)]; }

// A stream may end when its caller is gone, so its trace is read at once.
TraceReader TraceOf(const Caller& caller, MethodId method) {
  TraceReader trace = caller.trace();
  if (trace == nullptr || NameOf(method).type == "unary") return trace;
  return [trace_id = trace()] { return trace_id; };
}

}  // namespace

CallRecord::CallRecord(CallMonitor& monitor, const Caller& caller, MethodId method)
    : monitor_(&monitor),
      transport_(caller.transport()),
      method_(method),
      begin_(caller.arrival()),
      trace_(TraceOf(caller, method)),
      times_(monitor.slow_call > absl::ZeroDuration() ? std::make_unique<storage::CallTimes>() : nullptr) {
  monitor_->CountsOf(transport_).Begin(static_cast<size_t>(method_));
}

void CallRecord::EndOf(const std::string& request_type, absl::string_view job_id, const absl::Status& status) {
  const Clock::time_point end = Clock::now();
  monitor_->CountsOf(transport_).End(static_cast<size_t>(method_), status.code(), end - begin_);
  LogOutcome(request_type, status, trace_);
  if (times_ != nullptr) LogIfSlow(job_id, end);
}

// The parts add up to the total: what follows the body and is no write is waiting for the committer.
void CallRecord::LogIfSlow(absl::string_view job_id, Clock::time_point end) const {
  const absl::Duration total = absl::FromChrono(end - begin_);
  if (total <= monitor_->slow_call) return;
  std::string parts;
  // Without a body the call was refused.
  if (times_->body_end != Clock::time_point()) {
    const absl::Duration commit = absl::FromChrono(end - times_->body_end) - times_->write;
    absl::StrAppend(&parts, ": queue ", absl::FormatDuration(absl::FromChrono(times_->body_begin - begin_)), ", body ",
                    absl::FormatDuration(absl::FromChrono(times_->body_end - times_->body_begin)), ", commit ",
                    absl::FormatDuration(std::max(commit, absl::ZeroDuration())), ", sync ",
                    absl::FormatDuration(times_->write));
    if (!job_id.empty()) absl::StrAppend(&parts, ", job '", job_id, "'");
  }
  LogSlowCall(absl::StrCat(NameOf(method_).method, " (", transport_ == Transport::kGrpc ? "gRPC" : "HTTP", ") took ",
                           absl::FormatDuration(total), parts),
              trace_);
}

}  // namespace zeus::bso::api

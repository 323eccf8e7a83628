#include "server/rpc/grpc_log.h"

#include <string>
#include <utility>

#include "grpc/support/log.h"
#include "spdlog/spdlog.h"

namespace zeus::bso::rpc {
namespace {

// gRPC repeats headers that it cannot parse: "Error parsing metadata: error=... key=grpc-timeout value=...".
std::string WithoutMetadata(const std::string& message) { return message.substr(0, message.find(" value=")); }

void Log(gpr_log_func_args* event) {
  static MessageBudget budget;
  const MessageBudget::Answer answer = budget.Take(std::chrono::steady_clock::now());
  if (!answer.may_write) return;
  if (answer.num_left_out > 0) spdlog::warn("grpc: {} messages were left out", answer.num_left_out);
  const auto level = event->severity == GPR_LOG_SEVERITY_ERROR  ? spdlog::level::err
                     : event->severity == GPR_LOG_SEVERITY_INFO ? spdlog::level::info
                                                                : spdlog::level::debug;
  spdlog::log(level, "grpc: {}", WithoutMetadata(event->message));
}

}  // namespace

MessageBudget::Answer MessageBudget::Take(TimePoint now) {
  absl::MutexLock lock(&mutex_);
  if (now >= window_end_) {
    window_end_ = now + kWindow;
    num_written_ = 0;
  }
  if (num_written_ == kMessagesPerWindow) {
    ++num_left_out_;
    return {};
  }
  ++num_written_;
  return {.may_write = true, .num_left_out = std::exchange(num_left_out_, 0)};
}

void LogGrpcMessages() { gpr_set_log_function(Log); }

}  // namespace zeus::bso::rpc

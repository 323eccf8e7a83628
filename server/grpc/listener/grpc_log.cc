#include "server/grpc/listener/grpc_log.h"

#include <unistd.h>

#include <string>
#include <utility>

#include "absl/strings/match.h"
#include "google/protobuf/stubs/logging.h"
#include "grpc/support/log.h"
#include "spdlog/spdlog.h"

namespace zeus::bso::rpc {
namespace {

// gRPC repeats headers that it cannot parse: "Error parsing metadata: error=... key=grpc-timeout value=...".
std::string WithoutMetadata(const std::string& message) { return message.substr(0, message.find(" value=")); }

void Write(MessageBudget& budget, spdlog::level::level_enum level, const char* library, const std::string& message) {
  if (!spdlog::should_log(level)) return;
  const MessageBudget::Answer answer = budget.Take(std::chrono::steady_clock::now());
  if (!answer.may_write) return;
  if (answer.num_left_out > 0) spdlog::warn("{}: {} messages were left out", library, answer.num_left_out);
  spdlog::log(level, "{}: {}", library, message);
}

// A message of a process that is about to abort, which would not wait for the log.
void WriteNow(const std::string& message) {
  const std::string line = message + "\n";
  [[maybe_unused]] const ssize_t written = write(STDERR_FILENO, line.data(), line.size());
}

void LogGrpc(gpr_log_func_args* event) {
  static MessageBudget budget;
  if (absl::StartsWith(event->message, "assertion failed")) WriteNow(event->message);
  const auto level = event->severity == GPR_LOG_SEVERITY_ERROR  ? spdlog::level::err
                     : event->severity == GPR_LOG_SEVERITY_INFO ? spdlog::level::info
                                                                : spdlog::level::debug;
  Write(budget, level, "grpc", WithoutMetadata(event->message));
}

void LogProtobuf(google::protobuf::LogLevel severity, const char*, int, const std::string& message) {
  static MessageBudget budget;
  if (severity == google::protobuf::LOGLEVEL_FATAL) WriteNow(message);
  const auto level = severity == google::protobuf::LOGLEVEL_FATAL ? spdlog::level::critical : spdlog::level::debug;
  Write(budget, level, "protobuf", message);
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

void LogMessagesOfLibraries() {
  gpr_set_log_function(LogGrpc);
  google::protobuf::SetLogHandler(LogProtobuf);
}

}  // namespace zeus::bso::rpc

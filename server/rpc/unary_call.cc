#include "server/rpc/unary_call.h"

#include "server/model/error.h"
#include "spdlog/spdlog.h"

namespace zeus::bso::rpc {
namespace {

bool IsServersFault(absl::StatusCode code) {
  return code == absl::StatusCode::kInternal || code == absl::StatusCode::kUnavailable ||
         code == absl::StatusCode::kDataLoss || code == absl::StatusCode::kResourceExhausted;
}

}  // namespace

void LogOutcome(const std::string& request_type, const absl::Status& status) {
  const auto level = IsServersFault(status.code()) ? spdlog::level::err : spdlog::level::debug;
  if (!spdlog::should_log(level)) return;
  if (status.ok()) {
    spdlog::log(level, "{}: OK", request_type);
  } else if (IsServersFault(status.code())) {
    spdlog::log(level, "{}: {} {}", request_type, ReasonNameOf(status), std::string(status.message()));
  } else {
    spdlog::log(level, "{}: {}", request_type, ReasonNameOf(status));
  }
}

}  // namespace zeus::bso::rpc

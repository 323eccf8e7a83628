#include "server/logging.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/string_view.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "nlohmann/json.hpp"
#include "server/stderr_sink.h"
#include "spdlog/async.h"
#include "spdlog/async_logger.h"
#include "spdlog/formatter.h"
#include "spdlog/spdlog.h"

namespace zeus::bso {
namespace {

// Splits what call_log.h appends off a message; empty: the line is about no call of a trace.
std::string TakeTraceId(std::string& message) {
  constexpr absl::string_view kBefore = " trace_id=";
  constexpr size_t kDigits = 32;
  if (message.size() < kBefore.size() + kDigits) return "";
  const size_t begin = message.size() - kDigits;
  const std::string trace_id = message.substr(begin);
  const bool is_hex = std::all_of(trace_id.begin(), trace_id.end(),
                                  [](char c) { return absl::ascii_isxdigit(static_cast<unsigned char>(c)); });
  if (!is_hex || !absl::EndsWith(absl::string_view(message).substr(0, begin), kBefore)) return "";
  message.resize(begin - kBefore.size());
  return trace_id;
}

class JsonFormatter : public spdlog::formatter {
 public:
  void format(const spdlog::details::log_msg& event, spdlog::memory_buf_t& line) override {
    const auto level = spdlog::level::to_string_view(event.level);
    std::string message(event.payload.data(), event.payload.size());
    const std::string trace_id = TakeTraceId(message);
    nlohmann::ordered_json object = {
        {"time", absl::FormatTime("%Y-%m-%dT%H:%M:%E6SZ", absl::FromChrono(event.time), absl::UTCTimeZone())},
        {"level", std::string(level.data(), level.size())},
        {"message", message}};
    if (!trace_id.empty()) object["trace_id"] = trace_id;
    // Whatever a message holds, the line stays valid UTF-8.
    const std::string text = object.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
    line.append(text.data(), text.data() + text.size());
  }

  std::unique_ptr<spdlog::formatter> clone() const override { return std::make_unique<JsonFormatter>(); }
};

// Null until the log is set up. It is never destroyed.
std::shared_ptr<StderrSink>& TheSink() {
  static auto* const sink = new std::shared_ptr<StderrSink>();
  return *sink;
}

}  // namespace

void SetUpLogging(const Config& config) {
  // A thread of its own writes the lines: calls wait for none of them, and drop the oldest ones if there are too many.
  constexpr size_t kMaxQueuedLines = 8192;
  spdlog::init_thread_pool(kMaxQueuedLines, /*threads_n=*/1);
  const auto pool = spdlog::thread_pool();
  // The sink is called by the pool's thread only, and so not when the pool is gone.
  TheSink() = std::make_shared<StderrSink>([pool = pool.get()] { return pool->overrun_counter(); });
  auto logger = std::make_shared<spdlog::async_logger>("zeus-bso", TheSink(), pool,
                                                       spdlog::async_overflow_policy::overrun_oldest);
  if (config.log_format == LogFormat::kJson) {
    logger->set_formatter(std::make_unique<JsonFormatter>());
  } else {
    logger->set_pattern("%Y-%m-%dT%H:%M:%S.%f%z %l %v");
  }
  logger->set_level(spdlog::level::from_str(config.log_level));
  spdlog::set_default_logger(std::move(logger));
}

void EndLogging() {
  // Others may still log: the logger stays.
  constexpr absl::Duration kPatience = absl::Seconds(2);
  const std::shared_ptr<StderrSink>& sink = TheSink();
  if (sink == nullptr) return;
  const int64_t before = sink->num_flushes();
  spdlog::default_logger()->flush();
  const absl::Time end = absl::Now() + kPatience;
  while (sink->num_flushes() == before && absl::Now() < end) absl::SleepFor(absl::Milliseconds(1));
  sink->StopWaiting();
}

}  // namespace zeus::bso

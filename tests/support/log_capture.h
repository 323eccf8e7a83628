// What this process logs, in memory.
#ifndef ZEUS_BSO_TESTS_SUPPORT_LOG_CAPTURE_H_
#define ZEUS_BSO_TESTS_SUPPORT_LOG_CAPTURE_H_

#include <cstddef>
#include <memory>
#include <sstream>
#include <string>

#include "spdlog/sinks/ostream_sink.h"
#include "spdlog/spdlog.h"

namespace zeus::bso::testing {

// Takes the log for as long as it lives, every level of it. One at a time; Count is not for use while others log.
class LogCapture {
 public:
  LogCapture() : previous_(spdlog::default_logger()) {
    auto logger = std::make_shared<spdlog::logger>("capture", std::make_shared<spdlog::sinks::ostream_sink_mt>(text_));
    logger->set_level(spdlog::level::trace);
    spdlog::set_default_logger(std::move(logger));
  }
  ~LogCapture() { spdlog::set_default_logger(previous_); }
  LogCapture(const LogCapture&) = delete;
  LogCapture& operator=(const LogCapture&) = delete;

  // How often the log has this text.
  size_t Count(const std::string& part) const {
    const std::string text = text_.str();
    size_t count = 0;
    for (size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++count;
    return count;
  }

 private:
  std::ostringstream text_;
  std::shared_ptr<spdlog::logger> previous_;
};

}  // namespace zeus::bso::testing

#endif  // ZEUS_BSO_TESTS_SUPPORT_LOG_CAPTURE_H_

#include "server/stderr_sink.h"

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <cstddef>
#include <string>
#include <utility>

#include "spdlog/fmt/fmt.h"

namespace zeus::bso {
namespace {

// How long a reader may take until it counts as one that does not read.
constexpr int kPatienceMs = 1000;

// Whether standard error takes a part of a line within the time.
bool WaitForRoom(int timeout_ms) {
  pollfd stderr_poll{.fd = STDERR_FILENO, .events = POLLOUT, .revents = 0};
  int ready = 0;
  do {
    ready = poll(&stderr_poll, 1, timeout_ms);
  } while (ready < 0 && errno == EINTR);
  return ready > 0 && (stderr_poll.revents & POLLOUT) != 0;
}

}  // namespace

void StderrSink::sink_it_(const spdlog::details::log_msg& event) {
  const size_t num_overrun = num_overrun_();
  num_dropped_ += num_overrun - std::exchange(last_num_overrun_, num_overrun);
  if (num_dropped_ > 0 && WaitForRoom(0)) {
    const std::string text = fmt::format("{} lines of the log were dropped: nobody was reading them", num_dropped_);
    const spdlog::details::log_msg notice(event.logger_name, spdlog::level::warn, text);
    if (Write(notice)) num_dropped_ = 0;
  }
  is_stalled_ = !Write(event);
  if (is_stalled_) ++num_dropped_;
}

bool StderrSink::Write(const spdlog::details::log_msg& event) {
  spdlog::memory_buf_t line;
  if (is_torn_) line.push_back('\n');
  formatter_->format(event, line);
  // A pipe that has room takes this much without waiting.
  size_t written = 0;
  while (written < line.size()) {
    if (!WaitForRoom(is_stalled_ || !waits_ ? 0 : kPatienceMs)) break;
    const ssize_t result =
        write(STDERR_FILENO, line.data() + written, std::min<size_t>(line.size() - written, PIPE_BUF));
    if (result < 0 && errno != EINTR) break;
    written += static_cast<size_t>(std::max<ssize_t>(result, 0));
  }
  if (written > 0) is_torn_ = written < line.size();
  return written == line.size();
}

}  // namespace zeus::bso

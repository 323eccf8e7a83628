// Writes log lines to standard error, and waits for nobody who does not read them.
#ifndef ZEUS_BSO_SERVER_STDERR_SINK_H_
#define ZEUS_BSO_SERVER_STDERR_SINK_H_

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <mutex>
#include <utility>

#include "spdlog/details/log_msg.h"
#include "spdlog/sinks/base_sink.h"

namespace zeus::bso {

// If standard error is a pipe that is full for a second, or closed, lines are dropped until it takes some again; then a
// line says how many.
class StderrSink final : public spdlog::sinks::base_sink<std::mutex> {
 public:
  // `num_overrun` says how many lines were dropped in all before they came here. They count, too.
  explicit StderrSink(std::function<size_t()> num_overrun) : num_overrun_(std::move(num_overrun)) {}

  // How often a flush has come to its turn, behind the lines that were logged before it. Thread-safe.
  int64_t num_flushes() const { return num_flushes_; }

  // From now on a line is dropped if there is no room for it at once. Thread-safe.
  void StopWaiting() { waits_ = false; }

 protected:
  void sink_it_(const spdlog::details::log_msg& event) override;
  void flush_() override { ++num_flushes_; }

 private:
  // Writes a line with its end. False: it was dropped.
  bool Write(const spdlog::details::log_msg& event);

  const std::function<size_t()> num_overrun_;
  std::atomic<int64_t> num_flushes_ = 0;
  std::atomic<bool> waits_ = true;
  bool is_stalled_ = false;      // The last line was dropped.
  bool is_torn_ = false;         // A part of it was written.
  size_t num_dropped_ = 0;       // And nobody has been told of.
  size_t last_num_overrun_ = 0;  // Those that are in num_dropped_, or were.
};

}  // namespace zeus::bso

#endif  // ZEUS_BSO_SERVER_STDERR_SINK_H_

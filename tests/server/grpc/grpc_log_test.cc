#include "server/grpc/listener/grpc_log.h"

#include <chrono>
#include <string>

#include "catch2/catch.hpp"
#include "grpc/support/log.h"
#include "tests/support/log_capture.h"

namespace zeus::bso::rpc {
namespace {

// How many of so many messages may be written.
int CountWritten(MessageBudget& budget, MessageBudget::TimePoint now, int count) {
  int written = 0;
  for (int i = 0; i < count; ++i) written += budget.Take(now).may_write ? 1 : 0;
  return written;
}

TEST_CASE("So many messages are written in a window, and the next one tells how many were left out") {
  constexpr auto kMost = MessageBudget::kMessagesPerWindow;
  MessageBudget budget;
  const MessageBudget::TimePoint start{};
  CHECK(CountWritten(budget, start, kMost) == kMost);
  CHECK(CountWritten(budget, start + MessageBudget::kWindow - std::chrono::nanoseconds(1), 7) == 0);
  const MessageBudget::Answer next = budget.Take(start + MessageBudget::kWindow);
  CHECK(next.may_write);
  CHECK(next.num_left_out == 7);
  CHECK(budget.Take(start + MessageBudget::kWindow).num_left_out == 0);
  CHECK(CountWritten(budget, start + MessageBudget::kWindow, 2 * kMost) == kMost - 2);
}

TEST_CASE("However much gRPC has to say, the log stays short") {
  const testing::LogCapture log;
  LogMessagesOfLibraries();
  for (int i = 0; i < 1000; ++i) gpr_log(GPR_ERROR, "a stranger knocks");
  CHECK(log.Count("grpc: ") < 100);
}

}  // namespace
}  // namespace zeus::bso::rpc

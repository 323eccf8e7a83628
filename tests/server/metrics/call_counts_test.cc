#include "server/metrics/call_counts.h"

#include <chrono>
#include <thread>
#include <vector>

#include "catch2/catch.hpp"
#include "server/metrics/http_counts.h"

namespace zeus::bso::metrics {
namespace {

TEST_CASE("Calls are counted by method, code and time") {
  CallCounts counts(3);
  counts.Begin(1);
  counts.Begin(1);
  counts.Begin(1);
  counts.End(1, absl::StatusCode::kOk, std::chrono::microseconds(50));
  counts.End(1, absl::StatusCode::kUnauthenticated, std::chrono::seconds(31));
  const CallCounts::Totals totals = counts.Read(1);
  CHECK(totals.started == 3);
  CHECK(totals.handled[0] == 1);
  CHECK(totals.handled[16] == 1);
  CHECK(totals.seconds.counts.front() == 1);
  CHECK(totals.seconds.counts.back() == 1);
  CHECK(totals.seconds.sum == Approx(31.00005));
  CHECK(counts.Read(0).started == 0);
  CHECK(counts.Read(2).started == 0);
}

TEST_CASE("A code that gRPC does not know counts as unknown") {
  CallCounts counts(1);
  counts.End(0, static_cast<absl::StatusCode>(99), std::chrono::seconds(0));
  CHECK(counts.Read(0).handled[2] == 1);
}

TEST_CASE("Calls of many threads are all counted") {
  constexpr int kThreads = 40;  // More than there are shards.
  constexpr int kCalls = 1000;
  CallCounts counts(2);
  std::vector<std::thread> threads;
  for (int i = 0; i < kThreads; ++i) {
    threads.emplace_back([&] {
      for (int call = 0; call < kCalls; ++call) {
        counts.Begin(0);
        counts.End(0, absl::StatusCode::kOk, std::chrono::nanoseconds(1));
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(counts.Read(0).started == kThreads * kCalls);
  CHECK(counts.Read(0).handled[0] == kThreads * kCalls);
  CHECK(counts.Read(0).seconds.counts[0] == kThreads * kCalls);
  CHECK(counts.Read(1).started == 0);
}

TEST_CASE("HTTP responses are counted by kind and class") {
  HttpCounts counts;
  counts.Add(HttpKind::kZeus, 201);
  counts.Add(HttpKind::kZeus, 299);
  counts.Add(HttpKind::kOther, 404);
  counts.Add(HttpKind::kOther, 700);  // No status.
  CHECK(counts.Read(1, 1) == 2);
  CHECK(counts.Read(4, 3) == 1);
  CHECK(counts.Read(4, 4) == 0);
}

}  // namespace
}  // namespace zeus::bso::metrics

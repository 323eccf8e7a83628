#include "server/service/running_reports.h"

#include <cstdint>
#include <optional>

#include "catch2/catch.hpp"

namespace zeus::bso {
namespace {

TEST_CASE("A trial that goes on reporting is kept, however many others have come and gone") {
  RunningReports reports;
  const RunningReports::Key lasting = {1, 1};
  const RunningReports::Key silent = {2, 1};
  const auto time = [](int64_t seconds) { return absl::FromUnixSeconds(seconds); };
  const auto report = [](int64_t epochs) { return TrialProgress{.epochs = epochs, .first_epoch_cost = 7}; };
  reports.Hear(lasting, time(0), report(1));
  reports.Hear(silent, time(0), report(1));
  constexpr int64_t kOthers = 600'000;
  for (int64_t number = 1; number <= kOthers; ++number) {
    reports.Hear({3, number}, time(number), report(1));
    if (number % 1000 == 0) reports.Hear(lasting, time(number), report(number));
  }
  REQUIRE(reports.Find(lasting).has_value());
  CHECK(reports.Find(lasting)->time == time(kOthers));
  CHECK(reports.Find(lasting)->progress->epochs == kOthers);
  CHECK(reports.Find(lasting)->progress->first_epoch_cost == 7);
  CHECK_FALSE(reports.Find(silent).has_value());
  CHECK_FALSE(reports.Find({3, 1}).has_value());
  CHECK(reports.Find({3, kOthers}).has_value());
}

TEST_CASE("Heartbeats keep the last report, and no time goes back") {
  RunningReports reports;
  const RunningReports::Key key = {1, 1};
  const absl::Time start = absl::FromUnixSeconds(100);
  reports.Hear(key, start);
  CHECK_FALSE(reports.Find(key)->progress.has_value());
  reports.Hear(key, start + absl::Seconds(2), TrialProgress{.epochs = 3});
  reports.Hear(key, start + absl::Seconds(1));
  CHECK(reports.Find(key)->time == start + absl::Seconds(2));
  CHECK(reports.Find(key)->progress->epochs == 3);
}

TEST_CASE("A late report changes nothing, except where no epochs are counted") {
  const TrialProgress first = MergeReports(std::nullopt, {.epochs = 1, .time_seconds = 2, .energy_joules = 3}, 4);
  CHECK(first.first_epoch == Spent{.seconds = 2, .joules = 3});
  CHECK(first.first_epoch_cost == 4);
  const TrialProgress third = MergeReports(first, {.epochs = 3, .time_seconds = 6, .energy_joules = 9}, 12);
  CHECK(third.epochs == 3);
  CHECK(third.first_epoch == first.first_epoch);
  for (const int64_t epochs : {1, 2, 3}) {
    const TrialProgress late = MergeReports(third, {.epochs = epochs, .time_seconds = 100}, 100);
    CHECK(late.epochs == 3);
    CHECK(late.time_seconds == 6);
    CHECK(late.first_epoch == first.first_epoch);
  }
  const TrialProgress uncounted = MergeReports(TrialProgress{.time_seconds = 1}, {.time_seconds = 2}, 0);
  CHECK(uncounted.time_seconds == 2);
}

TEST_CASE("A training that goes back to an older checkpoint goes on from there") {
  const TrialProgress third{.epochs = 3, .time_seconds = 6, .energy_joules = 9};
  const TrialProgress again{.epochs = 2, .time_seconds = 8, .energy_joules = 12};
  CHECK_FALSE(WasOvertaken(third, again));
  const TrialProgress merged = MergeReports(third, again, 12, /*is_resumed=*/true);
  CHECK(merged.epochs == 2);
  CHECK(merged.time_seconds == 8);
  CHECK(MergeReports(third, again, 12).epochs == 3);
  CHECK(MergeReports(third, {.epochs = 2, .time_seconds = 4}, 12, /*is_resumed=*/true).epochs == 3);
  CHECK(WasOvertaken(third, {.epochs = 2, .time_seconds = 6, .energy_joules = 9}));
  CHECK_FALSE(WasOvertaken(third, {.epochs = 3, .time_seconds = 6, .energy_joules = 9}));
  CHECK_FALSE(WasOvertaken(std::nullopt, {.epochs = 2}));
}

}  // namespace
}  // namespace zeus::bso

#include "server/service/running_reports.h"

#include <cstdint>

#include "catch2/catch.hpp"

namespace zeus::bso {
namespace {

TEST_CASE("A trial that goes on reporting is kept, however many others have come and gone") {
  RunningReports reports;
  const RunningReports::Key lasting = {1, 1};
  const RunningReports::Key silent = {2, 1};
  reports.Keep(lasting, {.epochs = 1, .first_epoch_cost = 7});
  reports.Keep(silent, {.epochs = 1});
  for (int64_t number = 1; number <= 200'000; ++number) {
    reports.Keep({3, number}, {.epochs = 1});
    if (number % 1000 == 0) reports.Keep(lasting, {.epochs = number, .first_epoch_cost = 7});
  }
  REQUIRE(reports.Find(lasting).has_value());
  CHECK(reports.Find(lasting)->epochs == 200'000);
  CHECK(reports.Find(lasting)->first_epoch_cost == 7);
  CHECK_FALSE(reports.Find(silent).has_value());
  CHECK_FALSE(reports.Find({3, 1}).has_value());
  CHECK(reports.Find({3, 200'000}).has_value());
}

}  // namespace
}  // namespace zeus::bso

#include "server/policy/curves/learn.h"

#include <cmath>

#include "catch2/catch.hpp"
#include "tests/server/policy/curves/test_job.h"

namespace zeus::bso::curves {
namespace {

TEST_CASE("A lost run changes nothing") {
  TestJob job;
  job.Converge(2, 10, 100);
  const State before = job.state;
  CHECK(job.End(2, Outcome::kLost, TestJob::Steady(5, 100)).empty());
  CHECK(job.state.job == before.job);
  CHECK(job.state.sizes == before.sizes);
}

TEST_CASE("A result names the sizes that changed") {
  TestJob job;
  // Size 2 learns, and 0 and 1 fit as well.
  CHECK(job.Converge(2, 10, 100) == std::vector<size_t>{0, 1, 2});
  CHECK(job.Converge(2, 10, 100) == std::vector<size_t>{2});
  CHECK(job.End(3, Outcome::kFailed) == std::vector<size_t>{3});
}

TEST_CASE("The number of runs in flight is the caller's") {
  TestJob job;
  const size_t size = job.Start().size;
  CHECK(job.at(size).pending == 1);
  job.Converge(size, 10, 100);
  CHECK(job.at(size).pending == 1);
}

TEST_CASE("A run of the first size sets its epochs and its cost") {
  TestJob job;
  job.Converge(2, 10, 100);
  const SizeState& size = job.at(2);
  CHECK(size.runs == 1);
  CHECK(size.log_epochs == Approx(std::log(10)));
  CHECK(size.timed == 1);
  CHECK(size.log_cost == Approx(std::log(100)));
  CHECK(size.last == 1);
  CHECK(job.state.job.run == 1);
}

TEST_CASE("A run that reached its target counts without a valid cost too") {
  TestJob job;
  const double cost = GENERATE(0.0, -1.0, kUnknown, kInfinity, 1e-31, 1e31);
  job.End(2, Outcome::kConverged, {.epochs = 10, .cost = cost, .first_cost = cost});
  CHECK(job.at(2).runs == 1);
  CHECK(job.at(2).timed == 0);
  CHECK(job.at(2).fits);
}

TEST_CASE("A target reached before the end of an epoch counts as one epoch") {
  TestJob job;
  job.End(2, Outcome::kConverged, {.epochs = 0, .cost = 100});
  CHECK(job.at(2).log_epochs == 0);
  CHECK(job.at(2).timed == 0);
  CHECK(!job.at(2).fits);
}

TEST_CASE("A size's mean weighs at most 20 runs") {
  TestJob job;
  job.ConvergeTimes(30, 2, 10, 100);
  CHECK(job.at(2).runs == 20);
  CHECK(job.at(2).timed == 20);
}

TEST_CASE("An epoch fits in memory at all smaller sizes, and what ran out there is forgotten") {
  TestJob job;
  job.at(1).ooms = 2;
  job.at(3).ooms = 2;
  job.Converge(2, 10, 100);
  CHECK(job.at(0).fits);
  CHECK(job.at(2).fits);
  CHECK(!job.at(3).fits);
  CHECK(job.at(1).ooms == 0);
  CHECK(job.at(3).ooms == 2);
}

}  // namespace
}  // namespace zeus::bso::curves

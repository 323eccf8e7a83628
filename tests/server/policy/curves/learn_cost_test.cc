#include "server/policy/curves/learn_cost.h"

#include <cmath>

#include "catch2/catch.hpp"
#include "tests/server/policy/curves/test_job.h"

namespace zeus::bso::curves {
namespace {

TEST_CASE("A slow drift moves the other sizes as well, by a twentieth") {
  TestJob job;
  job.ConvergeTimes(5, 2, 10, 100);
  job.ConvergeTimes(5, 3, 10, 80);
  const double other = job.at(2).log_cost;
  const double deviation = std::log(88) - job.at(3).log_cost;
  job.Converge(3, 10, 88);
  CHECK(job.at(2).log_cost == Approx(other + deviation / 20));
}

TEST_CASE("A fluke at 10 % of the cost does not move the others, nor a size with several runs") {
  TestJob job;
  job.ConvergeTimes(5, 2, 10, 100);
  job.ConvergeTimes(5, 3, 10, 80);
  const double here = job.at(3).log_cost, there = job.at(2).log_cost;
  job.Converge(3, 10, 8);
  CHECK(job.at(3).log_cost == here);
  CHECK(job.at(2).log_cost == there);
  CHECK(job.state.job.cost_surprise == Surprise{.direction = -1, .size = 3, .believed = false});
  // The next usual reading ends the surprise.
  job.Converge(3, 10, 80);
  CHECK(job.state.job.cost_surprise == Surprise{});
}

TEST_CASE("A surprise where a single run is known is believed of that size at once") {
  TestJob job;
  job.ConvergeTimes(5, 2, 10, 100);
  job.Converge(3, 10, 80);
  const double there = job.at(2).log_cost;
  job.Converge(3, 10, 160);
  CHECK(job.at(3).log_cost == Approx(std::log(160)));
  CHECK(job.at(3).timed == 1);
  CHECK(job.at(2).log_cost == there);
  CHECK(job.state.job.cost_surprise == Surprise{.direction = 1, .size = 3, .believed = true});
}

TEST_CASE("Two dear surprises at one size are believed of that size") {
  TestJob job;
  job.ConvergeTimes(5, 2, 10, 100);
  job.ConvergeTimes(5, 3, 10, 80);
  const double there = job.at(2).log_cost;
  job.ConvergeTimes(2, 3, 10, 160);
  CHECK(job.at(3).log_cost == Approx(std::log(160)));
  CHECK(job.at(2).log_cost == there);
}

TEST_CASE("Two cheap surprises at one size are believed of all") {
  TestJob job;
  job.ConvergeTimes(5, 2, 10, 100);
  job.ConvergeTimes(5, 3, 10, 80);
  job.ConvergeTimes(2, 3, 10, 40);
  CHECK(job.at(3).log_cost == Approx(std::log(40)));
  CHECK(job.at(2).log_cost == Approx(std::log(50)));
  CHECK(job.at(2).cost_hint == Approx(0.01));
}

TEST_CASE("Two surprises at two sizes are believed of all, other than one that knows already") {
  TestJob job;
  job.ConvergeTimes(5, 1, 10, 120);
  job.Converge(2, 10, 100);
  job.ConvergeTimes(5, 3, 10, 80);
  job.Converge(2, 10, 200);  // Believed at once.
  job.at(0).crashes = 2;
  job.at(4).rest_until = 1000;
  job.Converge(3, 10, 160);
  CHECK(job.at(3).log_cost == Approx(std::log(160)));
  CHECK(job.at(2).log_cost == Approx(std::log(200)));
  CHECK(job.at(1).log_cost == Approx(std::log(240)));
  CHECK(job.at(1).timed == 1);
  CHECK(job.state.job.cost_surprise == Surprise{});
  // It may be another machine.
  CHECK(job.at(0).crashes == 0);
  CHECK(job.at(4).rest_until == 0);
}

TEST_CASE("Surprises in opposite directions do not add up") {
  TestJob job;
  job.ConvergeTimes(5, 2, 10, 100);
  job.ConvergeTimes(5, 3, 10, 80);
  job.Converge(2, 10, 200);
  job.Converge(3, 10, 40);
  CHECK(job.at(2).log_cost == Approx(std::log(100)));
  CHECK(job.at(3).log_cost == Approx(std::log(80)));
  CHECK(job.state.job.cost_surprise.direction == -1);
}

TEST_CASE("The warmup is the mean of what first epochs cost more, and by how many times") {
  TestJob job;
  job.End(2, Outcome::kConverged, {.epochs = 10, .cost = 900 + 300, .first_cost = 300});
  CHECK(job.state.job.warmup.cost == Approx(200));
  CHECK(job.state.job.warmup.log_ratio == Approx(std::log(3)));
  CHECK(job.state.job.warmup_runs == 1);
}

TEST_CASE("A single odd first epoch counts as the one before") {
  TestJob job;
  for (int i = 0; i < 4; ++i) job.End(2, Outcome::kConverged, {.epochs = 10, .cost = 1020, .first_cost = 120});
  const Warmup before = job.state.job.warmup;
  job.End(2, Outcome::kConverged, {.epochs = 10, .cost = 1800, .first_cost = 900});
  CHECK(job.state.job.warmup.cost == Approx(before.cost));
  CHECK(job.state.job.last_warmup.cost == Approx(800));
}

TEST_CASE("Where first epochs differ by more than 10 %, a run of one epoch is a hint at most") {
  TestJob job;
  job.End(2, Outcome::kConverged, {.epochs = 10, .cost = 1200, .first_cost = 300});
  job.End(3, Outcome::kStopped, {.epochs = 1, .cost = 240, .first_cost = 240});
  CHECK(job.at(3).timed == 1);
  CHECK(job.at(3).cost_hint == Approx(std::pow(std::log(3) / 2, 2)));
  // A run with more epochs replaces it.
  job.End(3, Outcome::kConverged, {.epochs = 10, .cost = 960, .first_cost = 240});
  CHECK(job.at(3).cost_hint == 0);
  CHECK(job.at(3).log_cost == Approx(std::log(80)));
}

TEST_CASE("Where first epochs do not differ, a run of one epoch is a reading") {
  TestJob job;
  job.Converge(2, 10, 100);
  job.End(3, Outcome::kStopped, {.epochs = 1, .cost = 80, .first_cost = 80});
  CHECK(job.at(3).timed == 1);
  CHECK(job.at(3).cost_hint == 0);
}

}  // namespace
}  // namespace zeus::bso::curves

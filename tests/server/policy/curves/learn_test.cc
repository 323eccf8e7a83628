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
  const Ticket ticket = job.Start();
  CHECK(job.at(ticket.size).pending == 1);
  job.Converge(ticket.size, 10, 100);
  CHECK(job.at(ticket.size).pending == 1);
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

// --- Costs.

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

// --- Warmup.

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

// --- Epochs.

TEST_CASE("A surprising number of epochs is believed at the second time, at another size of all") {
  TestJob job;
  job.ConvergeTimes(5, 2, 10, 100);
  job.ConvergeTimes(5, 3, 12, 80);
  job.at(4).bounds = {1.0};
  job.at(4).failures = 1;
  job.Converge(2, 30, 100);
  CHECK(job.at(2).log_epochs == Approx(std::log(10)));
  job.Converge(3, 36, 80);
  CHECK(job.at(3).log_epochs == Approx(std::log(36)));
  CHECK(job.at(2).log_epochs == Approx(std::log(30)));
  CHECK(job.at(2).epochs_hint == Approx(0.01));
  CHECK(job.at(4).bounds.empty());
  CHECK(job.at(4).failures == 0);
}

TEST_CASE("More epochs twice at one size are believed of that size only") {
  TestJob job;
  job.ConvergeTimes(5, 2, 10, 100);
  job.ConvergeTimes(5, 3, 12, 80);
  job.ConvergeTimes(2, 2, 30, 100);
  CHECK(job.at(2).log_epochs == Approx(std::log(30)));
  CHECK(job.at(2).runs == 1);
  CHECK(job.at(3).log_epochs == Approx(std::log(12)));
}

TEST_CASE("A success halves the failures, and forgets less than a quarter") {
  TestJob job;
  job.Converge(2, 10, 100);
  job.at(2).failures = 2;
  job.at(2).failed_at = 2;
  job.Converge(2, 10, 100);
  CHECK(job.at(2).failures == 1);
  CHECK(job.at(2).failed_at == 2);
  job.Converge(2, 10, 100);
  CHECK(job.at(2).failures == Approx(0.5).epsilon(0.02));
  job.Converge(2, 10, 100);
  CHECK(job.at(2).failures == 0);
}

TEST_CASE("A size that never converged keeps its three longest runs") {
  TestJob job;
  for (const int epochs : {3, 9, 5, 1, 7}) job.End(1, Outcome::kStopped, TestJob::Steady(epochs, 100));
  CHECK(job.at(1).bounds == absl::InlinedVector<double, kMaxBounds>{std::log(5.0), std::log(7.0), std::log(9.0)});
  job.Converge(1, 20, 100);
  CHECK(job.at(1).bounds.empty());
}

TEST_CASE("A run that was stopped early is no long failure; one that gave up or used all epochs is") {
  TestJob job;
  job.Converge(2, 10, 100);
  job.End(1, Outcome::kStopped, TestJob::Steady(5, 100));
  CHECK(job.at(1).failures == 0);
  CHECK(job.state.job.stops == 1);
  CHECK(job.state.job.escalation == 0);
  job.End(1, Outcome::kGaveUp, TestJob::Steady(5, 100));
  CHECK(job.at(1).failures == 1);
  job.End(3, Outcome::kStopped, TestJob::Steady(100, 80));
  CHECK(job.at(3).failures == 1);
  job.End(2, Outcome::kStopped, TestJob::Steady(40, 100));  // Much longer than believed.
  CHECK(job.at(2).failures == 1);
}

TEST_CASE("Failures at the best size escalate, at most 16 times, until a success") {
  TestJob job;
  job.ConvergeTimes(2, 2, 10, 100);
  for (int i = 0; i < 20; ++i) job.End(2, Outcome::kStopped, TestJob::Steady(20, 100), Kind::kBest);
  CHECK(job.state.job.escalation == 16);
  CHECK(job.state.job.stops == 20);
  job.Converge(2, 20, 100);
  CHECK(job.state.job.escalation == 0);
  CHECK(job.state.job.stops == 0);
}

TEST_CASE("A long failure past the mean halves the weight of a size's successes, to a quarter at least") {
  TestJob job;
  job.ConvergeTimes(2, 2, 10, 100);
  job.End(2, Outcome::kGaveUp, TestJob::Steady(20, 100));
  CHECK(job.at(2).runs == 1);
  CHECK(job.state.job.epochs_surprise == Surprise{.direction = 1, .size = 2, .believed = false});
  for (int i = 0; i < 5; ++i) job.End(2, Outcome::kGaveUp, TestJob::Steady(20, 100));
  CHECK(job.at(2).runs == 0.25);
}

TEST_CASE("A trainer that gives up early takes nothing from the successes before the fifth escalation") {
  TestJob job;
  job.ConvergeTimes(4, 2, 10, 100);
  for (int i = 0; i < 4; ++i) job.End(2, Outcome::kGaveUp, TestJob::Steady(2, 100), Kind::kBest);
  CHECK(job.at(2).runs == 4);
  job.End(2, Outcome::kGaveUp, TestJob::Steady(2, 100), Kind::kBest);
  CHECK(job.at(2).runs == 2);
}

TEST_CASE("A stop of the best size that is no surprise counts as a run of that length") {
  TestJob job;
  job.ConvergeTimes(4, 2, 10, 100);
  job.End(2, Outcome::kStopped, TestJob::Steady(11, 100), Kind::kBest);
  CHECK(job.at(2).runs == 5);
  CHECK(job.at(2).log_epochs == Approx(std::log(10) + std::log(1.1) / 5));
  CHECK(job.at(2).failures == 0);
}

}  // namespace
}  // namespace zeus::bso::curves

#include "server/policy/curves/stop.h"

#include <cmath>

#include "catch2/catch.hpp"
#include "server/policy/curves/epoch_cost.h"
#include "tests/server/policy/curves/test_job.h"

namespace zeus::bso::curves {
namespace {

constexpr double kNoBestCost = kInfinity;

Setup MakeSetup(int64_t max_epochs = 100, double beta = 2) {
  return {.batch_sizes = {8, 16}, .default_size = 0, .max_epochs = max_epochs, .beta = beta};
}

// A run that should cost 1,000: 10 epochs of 100.
Ticket MakeTicket(Kind kind) {
  return {.kind = kind,
          .reference_cost = 1000,
          .log_epochs = std::log(10),
          .mean = std::log(10),
          .sd = 0.2,
          .log_cost = std::log(100),
          .known_cost = std::log(100),
          .jump = 0.15};
}

StopDecision After(int64_t epochs, double epoch_cost, const Ticket& ticket, const Setup& setup = MakeSetup()) {
  return ShouldStop(setup.beta, JobState(), ticket, TestJob::Steady(epochs, epoch_cost), kNoBestCost);
}

TEST_CASE("Before the first epoch a run goes on") {
  CHECK(!After(0, 1e9, MakeTicket(Kind::kBest)).stop());
  CHECK(!After(-3, 1e9, MakeTicket(Kind::kExplore)).stop());
}

TEST_CASE("A run at the best size is stopped when the next epoch passes beta times the best cost") {
  const Ticket ticket = MakeTicket(Kind::kBest);
  CHECK(!After(19, 100, ticket).stop());
  const StopDecision decision = After(20, 100, ticket);
  CHECK(decision.reason == StopReason::kNextEpochOverLimit);
  CHECK(decision.spent == 2000);
  CHECK(decision.limit == Approx(2000));
  CHECK(After(21, 100, ticket).reason == StopReason::kCostOverLimit);
  CHECK(!After(29, 100, ticket, MakeSetup(100, 3)).stop());
}

TEST_CASE("The limit of a run at the best size doubles with each failure there") {
  Ticket ticket = MakeTicket(Kind::kBest);
  ticket.escalation = 2;
  CHECK(!After(79, 100, ticket).stop());
  CHECK(After(80, 100, ticket).stop());
}

TEST_CASE("An exploring run costs at most twice the best, whatever beta is") {
  Ticket ticket = MakeTicket(Kind::kExplore);
  ticket.log_epochs = ticket.mean = std::log(20.5);
  ticket.sd = 0.01;
  const StopDecision decision = After(20, 100, ticket, MakeSetup(100, 5));
  CHECK(decision.reason == StopReason::kNextEpochOverLimit);
  CHECK(decision.limit == Approx(2000));
  CHECK(After(15, 100, ticket, MakeSetup(100, 1.5)).stop());
}

TEST_CASE("An exploring run is stopped when its rest is expected to cost more than a new run") {
  Ticket ticket = MakeTicket(Kind::kExplore);
  ticket.log_epochs = ticket.mean = std::log(18);
  // exp(mean - 0.5 sd) is 16.3 epochs: 15.3 more than 1 cost 1,530, and 6.3 more than 10 cost 630.
  const StopDecision decision = After(1, 100, ticket);
  CHECK(decision.reason == StopReason::kDearerThanStartingOver);
  CHECK(decision.rest == Approx(100 * (18 * std::exp(-0.1) - 1)));
  CHECK(decision.reference == 1000);
  CHECK(!After(10, 100, ticket).stop());
}

TEST_CASE("Past what the pick hoped for, the expected rest grows with the run") {
  Ticket ticket = MakeTicket(Kind::kExplore);
  ticket.sd = 1;
  const double early = After(11, 50, ticket).rest, late = After(16, 50, ticket).rest;
  CHECK(early > 0);
  CHECK(late > early);
  // Far past the mean the rest is near epochs * sd^2.
  ticket.mean = ticket.log_epochs = 0;
  ticket.sd = 0.2;
  CHECK(After(10, 50, ticket).rest == Approx(50 * 10 * 0.04));
}

TEST_CASE("The first run is stopped only once another size has converged for less") {
  const Ticket ticket = MakeTicket(Kind::kFirst);
  const auto after = [&](int64_t epochs, double best_cost) {
    return ShouldStop(MakeSetup().beta, JobState(), ticket, TestJob::Steady(epochs, 100), best_cost);
  };
  CHECK(!after(99, kNoBestCost).stop());
  CHECK(!after(9, 500).stop());
  CHECK(after(10, 500).reason == StopReason::kSlowerThanAnother);
  CHECK(after(10, 500).limit == 1000);
}

TEST_CASE("On a slower or faster machine the best size is slower or faster too") {
  const Ticket ticket = MakeTicket(Kind::kBest);
  CHECK(!After(19, 300, ticket).stop());
  CHECK(After(20, 300, ticket).stop());
  CHECK(After(20, 20, ticket).stop());
  CHECK(After(19, 300, ticket).reference == Approx(3000));
  // 14 % is within the jump.
  CHECK(After(10, 114, ticket).reference == 1000);
}

TEST_CASE("Without a valid cost, the believed one decides") {
  Ticket ticket = MakeTicket(Kind::kBest);
  const double cost = GENERATE(0.0, -5.0, kUnknown, kInfinity, 1e-30, 1e30);
  const auto after = [&](int64_t epochs) {
    return ShouldStop(MakeSetup().beta, JobState(), ticket, {.epochs = epochs, .cost = cost}, kNoBestCost);
  };
  CHECK(!after(19).stop());
  CHECK(after(20).stop());
  CHECK(after(20).spent == Approx(2000));
  // The believed cost may be far from what the size is known for: it scales the reference as a reported one does.
  ticket.known_cost = std::log(200);
  CHECK(after(10).reference == Approx(500));
}

TEST_CASE("The limit is the least number of epochs that stops, or the most epochs") {
  CHECK(Limit(MakeSetup(), {}, MakeTicket(Kind::kBest), 100, kNoBestCost) == 20);
  CHECK(Limit(MakeSetup(15), {}, MakeTicket(Kind::kBest), 100, kNoBestCost) == 15);
  CHECK(Limit(MakeSetup(), {}, MakeTicket(Kind::kFirst), 100, kNoBestCost) == 100);
  CHECK(Limit(MakeSetup(), {}, MakeTicket(Kind::kFirst), 100, 500) == 10);
  CHECK(Limit(MakeSetup(1), {}, MakeTicket(Kind::kBest), 1e9, kNoBestCost) == 1);
  CHECK(Limit(MakeSetup(), {}, MakeTicket(Kind::kBest), 0, kNoBestCost) == 20);
}

TEST_CASE("A far limit equals that of asking after each epoch") {
  constexpr int64_t kMost = 40'000;
  random::Generator generator(GENERATE(range(0, 60)));
  const auto between = [&](double low, double high) {
    return low + (high - low) * 0.5 * std::erfc(-generator.StandardNormal());
  };
  Ticket ticket = MakeTicket(static_cast<Kind>(static_cast<int>(between(0, 2.999))));
  ticket.mean = between(std::log(500), std::log(50'000));
  ticket.sd = between(0.02, 2);
  ticket.log_epochs = ticket.mean + between(-2, 1) * ticket.sd;
  ticket.reference_cost = 100 * std::exp(between(std::log(500), std::log(50'000)));
  ticket.known_cost = std::nullopt;
  const double epoch_cost = between(50, 200);
  const Setup setup = MakeSetup(kMost, between(1, 4));
  const double best_cost = ticket.reference_cost;

  int64_t scanned = 1;
  while (scanned < kMost &&
         !ShouldStop(setup.beta, {}, ticket, TestJob::Steady(scanned, epoch_cost), best_cost).stop()) {
    ++scanned;
  }
  CHECK(Limit(setup, {}, ticket, epoch_cost, best_cost) == scanned);
}

std::optional<double> CostOf(const JobState& job, const Progress& progress, double believed = std::log(100)) {
  return EpochCost(job, progress, believed);
}

TEST_CASE("With the first epoch's cost known, an epoch costs the mean of the others") {
  CHECK(CostOf({}, {.epochs = 5, .cost = 700, .first_cost = 300}) == 100);
}

TEST_CASE("Unless the first epoch is known to differ, an epoch costs the mean") {
  CHECK(*CostOf({}, {.epochs = 1, .cost = 300}) == Approx(300));
  CHECK(*CostOf({}, {.epochs = 5, .cost = 500}) == Approx(100));
  CHECK(*CostOf({}, {.epochs = 5, .cost = 500, .first_cost = 600}) == Approx(100));
}

TEST_CASE("A known warmup explains a dear first epoch as far as the belief asks for") {
  JobState job;
  job.warmup = {.cost = 200, .log_ratio = std::log(2)};
  // Either 300 - 200 = 100 or 300 / 2 = 150.
  CHECK(*CostOf(job, {.epochs = 1, .cost = 300}, std::log(90)) == Approx(100));
  CHECK(*CostOf(job, {.epochs = 1, .cost = 300}, std::log(120)) == Approx(120));
  CHECK(*CostOf(job, {.epochs = 1, .cost = 300}, std::log(500)) == Approx(150));
  // With more epochs there may have been no warmup: 600 / 4.
  CHECK(*CostOf(job, {.epochs = 4, .cost = 600}, std::log(500)) == Approx(150));
  // A tenth of the cost is left at least.
  CHECK(*CostOf(job, {.epochs = 1, .cost = 100}, -10) == Approx(10));
}

TEST_CASE("An invalid cost, or none yet, is unknown") {
  CHECK(!CostOf({}, {.epochs = 1, .cost = GENERATE(0.0, -1.0, kUnknown, kInfinity, 1e-30, 1e30)}));
  CHECK(!CostOf({}, {.epochs = 0, .cost = 100}));
}

}  // namespace
}  // namespace zeus::bso::curves

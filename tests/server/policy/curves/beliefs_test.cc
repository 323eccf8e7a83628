#include "server/policy/curves/beliefs.h"

#include <cmath>

#include "catch2/catch.hpp"
#include "tests/server/policy/curves/test_job.h"

namespace zeus::bso::curves {
namespace {

TEST_CASE("Without results, epochs are around a third of the most and grow by 0.20 per octave, costs fall by 0.35") {
  const Beliefs beliefs = Fit(TestJob().state);
  CHECK(beliefs.epochs.mean(2) == Approx(std::log(100.0 / 3)));
  CHECK(beliefs.epochs.mean(3) - beliefs.epochs.mean(2) == Approx(0.20));
  CHECK(beliefs.costs.mean(2) == 0);
  CHECK(beliefs.costs.mean(3) - beliefs.costs.mean(2) == Approx(-0.35));
  CHECK(!beliefs.best);
  CHECK(beliefs.best_cost == kInfinity);
}

TEST_CASE("Epochs are believed to be 2 at least before a result") {
  CHECK(Fit(TestJob({8}, 0, 1).state).epochs.mean(0) == Approx(std::log(2)));
}

TEST_CASE("A run at one size tells its neighbours, near ones more surely") {
  TestJob job;
  job.Converge(2, 10, 100);
  const Beliefs beliefs = Fit(job.state);
  CHECK(beliefs.epochs.mean(2) == Approx(std::log(10)).margin(0.01));
  CHECK(beliefs.costs.mean(2) == Approx(std::log(100)).margin(0.01));
  CHECK(beliefs.epochs.mean(1) == Approx(std::log(10) - 0.20).margin(0.05));
  CHECK(beliefs.epochs.variance(2) < beliefs.epochs.variance(1));
  CHECK(beliefs.epochs.variance(1) < beliefs.epochs.variance(0));
}

TEST_CASE("The default's reading sets the level of the costs, and without one, that of the first size that is timed") {
  // So uncertain a reading sets the level and says nothing else.
  const SizeState vague{.timed = 1, .log_cost = 5, .cost_hint = 1e9};
  TestJob job;
  job.at(1) = job.at(3) = vague;
  job.at(3).log_cost = -5;
  CHECK(Fit(job.state).costs.mean(4) == Approx(5 - 3 * 0.35));
  job.at(2) = vague;
  job.at(2).log_cost = 1;
  CHECK(Fit(job.state).costs.mean(4) == Approx(1 - 2 * 0.35));
}

TEST_CASE("An old result counts less") {
  TestJob job;
  job.Converge(2, 10, 100);
  const double fresh = Fit(job.state).epochs.variance(2);
  job.state.job.run += 100;
  const double old = Fit(job.state).epochs.variance(2);
  CHECK(old - fresh == Approx(0.01 * 0.01 * 100).epsilon(0.05));
}

TEST_CASE("Runs without success raise the epochs of sizes that never converged, and of no others") {
  TestJob job;
  job.at(1).bounds = {std::log(60.0)};
  const double untried = Fit(TestJob().state).epochs.mean(1);
  CHECK(Fit(job.state).epochs.mean(1) > std::max(untried, std::log(60.0)));
  job.at(1).runs = 4;
  job.at(1).log_epochs = std::log(20.0);
  CHECK(Fit(job.state).epochs.mean(1) == Approx(std::log(20.0)).margin(0.01));
}

TEST_CASE("The best converged, is usable, and of least cost with its failures") {
  TestJob job;
  job.ConvergeTimes(3, 2, 10, 100);
  job.ConvergeTimes(3, 3, 10, 90);
  CHECK(Fit(job.state).best == 3);
  CHECK(Fit(job.state).best_cost == Approx(900).epsilon(0.03));
  job.at(3).failures = 2;
  job.at(3).failed_at = job.state.job.run;
  CHECK(Fit(job.state).best == 2);
  job.at(2).rest_until = 1000;
  CHECK(Fit(job.state).best == 3);
}

TEST_CASE("If all sizes that converged rest there is no best, and the best cost is the least of theirs") {
  TestJob job;
  job.ConvergeTimes(3, 2, 10, 100);
  job.ConvergeTimes(3, 3, 10, 90);
  job.at(2).rest_until = job.at(3).rest_until = 1000;
  CHECK(!Fit(job.state).best);
  CHECK(Fit(job.state).best_cost == Approx(900).epsilon(0.03));
}

TEST_CASE("The best cost includes the warmup, unless first epochs are cheaper") {
  TestJob job;
  job.Converge(2, 10, 100);
  const double cold = Fit(job.state).best_cost;
  job.state.job.warmup.cost = 50;
  CHECK(Fit(job.state).best_cost == Approx(cold + 50));
  job.state.job.warmup.cost = -50;
  CHECK(Fit(job.state).best_cost == cold);
}

TEST_CASE("Beliefs do not depend on runs in flight") {
  TestJob job;
  job.Converge(2, 10, 100);
  const Beliefs before = Fit(job.state);
  for (SizeState& size : job.state.sizes) size.pending = 3;
  CHECK(Fit(job.state).epochs.mean(0) == before.epochs.mean(0));
  CHECK(Fit(job.state).best_cost == before.best_cost);
}

}  // namespace
}  // namespace zeus::bso::curves

#include "server/policy/curves/explain.h"

#include <cmath>

#include "catch2/catch.hpp"
#include "server/policy/best_probability.h"
#include "tests/server/policy/curves/test_job.h"

namespace zeus::bso::curves {
namespace {

std::vector<SizeExplanation> ExplainJob(const TestJob& job) { return Explain(job.state, Fit(job.state)); }

std::vector<std::string> Standings(const TestJob& job) {
  std::vector<std::string> names;
  for (const SizeExplanation& size : ExplainJob(job)) names.emplace_back(StandingName(size.standing));
  return names;
}

TEST_CASE("A size is explained by its cost, its epochs and its epoch cost") {
  TestJob job;
  job.ConvergeTimes(5, 2, 10, 100);
  job.state.job.warmup.cost = 30;
  const SizeExplanation size = ExplainJob(job)[2];
  CHECK(size.epochs == Approx(10).epsilon(0.01));
  CHECK(size.epoch_cost == Approx(100).epsilon(0.01));
  CHECK(size.cost == Approx(size.epochs * size.epoch_cost + 30));
  CHECK(size.sd > 0);
}

TEST_CASE("Before a success no size has converged yet") {
  TestJob job;
  job.at(1).rest_until = 1;
  CHECK(Standings(job)[0] == "no size has converged yet");
  CHECK(Standings(job)[1] == "resting");
}

TEST_CASE("Each size has the first reason that holds") {
  TestJob job({8, 16, 32, 64, 128, 256, 512, 1024, 2048, 4096}, 3);
  job.ConvergeTimes(5, 3, 10, 100);
  job.ConvergeTimes(5, 4, 10, 106);
  job.ConvergeTimes(5, 2, 10, 300);
  job.at(0).failures = 1;
  job.at(0).failed_at = job.state.job.run;
  job.at(1).pending = 1;
  job.End(5, Outcome::kStopped, TestJob::Steady(3, 100));
  job.at(7).rest_until = 100;
  const std::vector<std::string> names = Standings(job);
  CHECK(names[0] == "has not converged");
  CHECK(names[1] == "first run in flight");
  CHECK(names[2] == "costs more");
  CHECK(names[3] == "best");
  CHECK(names[4] == "close");
  CHECK(names[5] == "stopped early");
  CHECK(names[6] == "untried");
  CHECK(names[7] == "resting");
  CHECK(names[8] == "beyond the tried range");
  CHECK(names[9] == "beyond the tried range");
}

TEST_CASE("The probabilities of the usable sizes to be best add up to 1") {
  TestJob job;
  job.ConvergeTimes(5, 2, 10, 100);
  job.at(4).rest_until = 100;
  double total = 0;
  for (const SizeExplanation& size : ExplainJob(job)) total += size.p_best;
  CHECK(total == Approx(1));
  CHECK(ExplainJob(job)[4].p_best == 0);
}

TEST_CASE("Of two independent Gaussians the probability to be less is that of their difference") {
  const std::vector<double> p = BestProbabilities({{.mean = 0, .sd = 0.3}, {.mean = 0.5, .sd = 0.4}}, {true, true});
  // The difference has the mean 0.5 and the sd 0.5: Phi(1).
  CHECK(p[0] == Approx(0.8413447).margin(1e-4));
  CHECK(p[0] + p[1] == Approx(1));
}

TEST_CASE("The only size is the best") { CHECK(BestProbabilities({{.mean = 3, .sd = 0.1}}, {true})[0] == 1); }

}  // namespace
}  // namespace zeus::bso::curves

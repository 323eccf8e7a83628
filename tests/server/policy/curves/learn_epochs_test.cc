#include "server/policy/curves/learn_epochs.h"

#include <cmath>

#include "catch2/catch.hpp"
#include "tests/server/policy/curves/test_job.h"

namespace zeus::bso::curves {
namespace {

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

TEST_CASE("A run that was stopped early is no long failure, but one that gave up or used all epochs is") {
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

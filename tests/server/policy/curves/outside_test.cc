#include "server/policy/curves/outside.h"

#include <cmath>

#include "catch2/catch.hpp"
#include "tests/server/policy/curves/test_job.h"

namespace zeus::bso::curves {
namespace {

void ProfileAt(size_t size, double epoch_cost, TestJob& job, double sd = kProfileSd) {
  Profile(size, epoch_cost, sd, Fit(job.state), job.state);
}

TEST_CASE("Another machine leaves the shape of the costs, and lets all sizes be tried") {
  TestJob job;
  job.ConvergeTimes(5, 2, 10, 100);
  job.at(3).crashes = 2;
  job.at(4).ooms = 1;
  job.at(4).rest_until = 50;
  MachineChanged(job.state);
  CHECK(job.state.job.foreign_costs);
  CHECK(job.at(2).timed == 1);
  CHECK(job.at(2).cost_hint == Approx(0.01));
  CHECK(job.at(2).runs == 5);
  CHECK(job.at(3).timed == 0);
  CHECK(job.at(3).cost_hint == 0);
  CHECK(!job.at(2).fits);
  CHECK(job.at(3).crashes == 0);
  CHECK(job.at(4).ooms == 0);
  CHECK(job.at(4).rest_until == 0);
}

TEST_CASE("The first reading on another machine sets the level of all costs, and scales the warmup") {
  TestJob job;
  for (int i = 0; i < 3; ++i) job.End(2, Outcome::kConverged, {.epochs = 10, .cost = 1200, .first_cost = 300});
  for (int i = 0; i < 3; ++i) job.End(3, Outcome::kConverged, {.epochs = 10, .cost = 1080, .first_cost = 270});
  MachineChanged(job.state);
  const double shift = std::log(250) - Fit(job.state).costs.mean(2);
  const double other = job.at(3).log_cost, warmup = job.state.job.warmup.cost;
  // No first epoch is reported, so that the warmup is only scaled.
  ProfileAt(2, 250, job);
  CHECK(!job.state.job.foreign_costs);
  CHECK(job.at(2).log_cost == Approx(std::log(250)));
  CHECK(job.at(3).log_cost == Approx(other + shift));
  CHECK(job.at(3).cost_hint == Approx(0.01));
  CHECK(job.state.job.warmup.cost == Approx(warmup * std::exp(shift)));
}

TEST_CASE("A run of a single epoch does not set the level where first epochs differ") {
  TestJob job;
  for (int i = 0; i < 3; ++i) job.End(2, Outcome::kConverged, {.epochs = 10, .cost = 1200, .first_cost = 300});
  MachineChanged(job.state);
  job.End(3, Outcome::kStopped, {.epochs = 1, .cost = 900, .first_cost = 900});
  CHECK(job.state.job.foreign_costs);
  CHECK(job.at(3).timed == 0);
}

TEST_CASE("A profile weighs by its precision") {
  TestJob job;
  ProfileAt(1, 100, job, 0.04);
  CHECK(job.at(1).timed == Approx(0.25));
  CHECK(job.at(1).log_cost == Approx(std::log(100)));
}

TEST_CASE("A profile of a size that runs have timed is ignored, of one that has only a hint it is not") {
  TestJob job;
  job.Converge(2, 10, 100);
  ProfileAt(2, 200, job);
  CHECK(job.at(2).log_cost == Approx(std::log(100)));
  job.at(2).cost_hint = 0.01;
  ProfileAt(2, 200, job);
  CHECK(job.at(2).log_cost == Approx(std::log(200)));
  CHECK(job.at(2).cost_hint == 0);
}

TEST_CASE("A profile that is not valid is ignored") {
  TestJob job;
  MachineChanged(job.state);
  const State before = job.state;
  for (const double cost : {0.0, -1.0, kUnknown, kInfinity, 1e-30, 1e30}) ProfileAt(1, cost, job);
  for (const double sd : {0.0, -0.1, kUnknown, kInfinity}) ProfileAt(1, 100, job, sd);
  CHECK(job.state.job == before.job);
  CHECK(job.state.sizes == before.sizes);
}

// A job with all kinds of knowledge of sizes 32, 64 and 128.
TestJob MakeSource() {
  TestJob job({32, 64, 128}, 1);
  for (int i = 0; i < 8; ++i) job.End(1, Outcome::kConverged, {.epochs = 10, .cost = 1200, .first_cost = 300});
  job.End(0, Outcome::kGaveUp, TestJob::Steady(30, 150));
  for (int i = 0; i < 5; ++i) job.Converge(1, 10, 100);
  job.End(2, Outcome::kInfeasible);
  return job;
}

TEST_CASE("A job with another list of sizes on the same machine learns all about the sizes in common") {
  const TestJob source = MakeSource();
  TestJob job({16, 32, 64, 128, 256}, 2);
  LearnFrom(source.state, {.same_machine = true, .costs = true}, job.state);
  const SizeState& known = job.at(2);
  CHECK(known.runs == 5);
  CHECK(known.log_epochs == source.state.sizes[1].log_epochs);
  CHECK(known.timed == source.state.sizes[1].timed);
  CHECK(known.log_cost == source.state.sizes[1].log_cost);
  CHECK(known.fits);
  CHECK(known.last == 0);
  CHECK(job.at(1).failures == Approx(std::exp2(-5.0 / 50)));
  CHECK(job.at(1).bounds.size() == 1);
  CHECK(job.at(3).rest_until == 2);
  CHECK(job.at(3).ooms == 1);
  CHECK(job.at(0) == SizeState());
  CHECK(job.at(4) == SizeState());
  CHECK(job.state.job.run == 0);
  CHECK(job.state.job.warmup == source.state.job.warmup);
  CHECK(job.state.job.warmup_runs == 5);
  CHECK(job.state.job.epochs_noise == source.state.job.epochs_noise);
  CHECK(!job.state.job.foreign_costs);
  // The default is not tried first: there is a best size already.
  CHECK(Fit(job.state).best == 2);
}

TEST_CASE("A job on another machine learns the epochs and the shape of the costs") {
  const TestJob source = MakeSource();
  TestJob job({32, 64, 128}, 1);
  LearnFrom(source.state, {.same_machine = false, .costs = true}, job.state);
  CHECK(job.state.job.foreign_costs);
  CHECK(job.at(1).runs == 5);
  CHECK(job.at(1).timed == 1);
  CHECK(job.at(1).cost_hint == Approx(0.01));
  CHECK(job.at(2).rest_until == 0);
  CHECK(!job.at(1).fits);
}

TEST_CASE("A job may learn the epochs without the costs") {
  const TestJob source = MakeSource();
  TestJob job({32, 64, 128}, 1);
  LearnFrom(source.state, {.same_machine = true, .costs = false}, job.state);
  CHECK(job.at(1).runs == 5);
  CHECK(job.at(1).timed == 0);
  CHECK(job.state.job.warmup_runs == 0);
  CHECK(job.state.job.cost_noise == source.state.job.cost_noise);
}

}  // namespace
}  // namespace zeus::bso::curves

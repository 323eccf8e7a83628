#include "server/policy/curves/learn_crash.h"

#include "catch2/catch.hpp"
#include "server/policy/curves/sizes.h"
#include "tests/server/policy/curves/test_job.h"

namespace zeus::bso::curves {
namespace {

// Lets size 0 converge until `size` no longer rests, and returns how many results that took.
int64_t WaitFor(size_t size, TestJob& job) {
  const int64_t before = job.state.job.run;
  while (IsResting(job.state, size)) job.Converge(0, 10, 100);
  return job.state.job.run - before;
}

TEST_CASE("Three crashes in a row make a size rest for 2 results, then 8, 32 and 128 each time") {
  TestJob job;
  job.End(3, Outcome::kFailed);
  job.End(3, Outcome::kFailed);
  CHECK(!IsResting(job.state, 3));
  for (const int64_t rest : {2, 8, 32, 128, 128}) {
    job.End(3, Outcome::kFailed);
    CHECK(WaitFor(3, job) == rest);
  }
}

TEST_CASE("A crash is a result without success, which leaves the clock and everything else") {
  TestJob job;
  job.End(3, Outcome::kFailed, TestJob::Steady(50, 100));
  CHECK(job.state.job.stops == 1);
  CHECK(job.state.job.run == 0);
  CHECK(job.at(3).crashes == 1);
  CHECK(job.at(3).timed == 0);
  CHECK(!job.at(3).fits);
}

TEST_CASE("Any other result ends a row of crashes and a rest") {
  TestJob job;
  for (int i = 0; i < 3; ++i) job.End(3, Outcome::kFailed);
  job.End(3, Outcome::kStopped, TestJob::Steady(5, 100));
  CHECK(job.at(3).crashes == 0);
  CHECK(!IsResting(job.state, 3));
}

TEST_CASE("Out of memory rules out the larger sizes too, for longer each time") {
  TestJob job;
  for (const int64_t rest : {2, 8, 32, 128, 128}) {
    job.End(3, Outcome::kInfeasible);
    CHECK(!IsResting(job.state, 2));
    CHECK(IsResting(job.state, 4));
    CHECK(WaitFor(4, job) == rest);
    CHECK(!IsResting(job.state, 3));
  }
}

TEST_CASE("Out of memory where a run has fitted counts as a crash until the third time") {
  TestJob job;
  job.Converge(3, 10, 100);
  job.End(3, Outcome::kInfeasible);
  job.End(3, Outcome::kInfeasible);
  CHECK(!IsResting(job.state, 3));
  CHECK(job.at(2).fits);
  job.End(3, Outcome::kInfeasible);
  CHECK(IsResting(job.state, 3));
  CHECK(IsResting(job.state, 4));
  CHECK(!job.at(3).fits);
  CHECK(job.at(2).fits);
}

TEST_CASE("Out of memory at the smallest size counts as a crash until the third time") {
  TestJob job;
  job.End(0, Outcome::kInfeasible);
  job.End(0, Outcome::kInfeasible);
  CHECK(!IsResting(job.state, 0));
  job.End(0, Outcome::kInfeasible);
  CHECK(AllAreResting(job.state));
}

TEST_CASE("A longer rest is not shortened") {
  TestJob job;
  job.at(4).rest_until = 100;
  job.End(3, Outcome::kInfeasible);
  CHECK(job.at(3).rest_until == 2);
  CHECK(job.at(4).rest_until == 100);
}

TEST_CASE("A crash of a size that rests says nothing, and lets time pass only if all rest") {
  TestJob job;
  job.at(3).rest_until = 5;
  job.End(3, Outcome::kFailed);
  CHECK(job.at(3).crashes == 0);
  CHECK(job.state.job.run == 0);
  CHECK(job.state.job.stops == 1);
  for (SizeState& size : job.state.sizes) size.rest_until = 5;
  for (int i = 0; i < 5; ++i) job.End(3, Outcome::kFailed);
  CHECK(job.state.job.run == 5);
  CHECK(job.at(3).crashes == 0);
  CHECK(!IsResting(job.state, 3));
}

}  // namespace
}  // namespace zeus::bso::curves

#include "server/policy/zeus/failed_sizes.h"

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "catch2/catch.hpp"
#include "tests/support/specs.h"
#include "tests/support/status_matchers.h"

namespace zeus::bso {
namespace {

using testing::FailsWith;

constexpr Result kResult = {.time_seconds = 1, .energy_joules = 1, .converged = false};

// Sizes 16, 32 and 64, of which each may fail three times.
Job MakeJob() {
  Job job;
  job.spec = testing::MakeSpec();
  return job;
}

void Count(Job& job, int64_t batch_size, const std::vector<TrialOutcome>& outcomes) {
  for (const TrialOutcome& outcome : outcomes) CountOutcome(job, batch_size, outcome);
}

std::string RuledOut(const Job& job) {
  std::vector<int64_t> sizes;
  for (const int64_t size : job.spec.batch_sizes) {
    if (IsRuledOut(job, size)) sizes.push_back(size);
  }
  return absl::StrJoin(sizes, ",");
}

TEST_CASE("A size that fails as often as it may is ruled out, and no other") {
  Job job = MakeJob();
  Count(job, 32, {TrialFailure::kFailed, TrialFailure::kTimedOut});
  CHECK(RuledOut(job).empty());
  Count(job, 32, {TrialFailure::kFailed});
  CHECK(RuledOut(job) == "32");
}

TEST_CASE("A result, also one that did not converge, forgives the failures before it") {
  Job job = MakeJob();
  Count(job, 32, {TrialFailure::kFailed, TrialFailure::kFailed, kResult, TrialFailure::kFailed, TrialFailure::kFailed});
  CHECK(RuledOut(job).empty());
  Count(job, 32, {TrialFailure::kFailed, kResult});
  CHECK(RuledOut(job).empty());
  CHECK(job.failures.empty());
}

TEST_CASE("An infeasible size rules out itself and the greater ones at once, but never the smallest") {
  Job job = MakeJob();
  Count(job, 32, {TrialFailure::kInfeasible});
  CHECK(RuledOut(job) == "32,64");
  Count(job, 32, {Result{.converged = false}});
  CHECK(RuledOut(job) == "32,64");
  // As an older server noted it.
  Count(job, 16, {TrialFailure::kInfeasible});
  CHECK(RuledOut(job) == "32,64");
}

TEST_CASE("What converges fits, and so do the smaller sizes, and their failures stay") {
  Job job = MakeJob();
  Count(job, 32, {TrialFailure::kFailed, TrialFailure::kInfeasible});
  Count(job, 64, {TrialFailure::kInfeasible});
  Count(job, 64, {Result{.converged = true}});
  CHECK(RuledOut(job).empty());
  CHECK(job.failures.size() == 1);
  CHECK(job.failures.at(32).num_failures == 1);
}

TEST_CASE("A trial that was cancelled counts for nothing") {
  Job job = MakeJob();
  Count(job, 32, std::vector<TrialOutcome>(10, TrialFailure::kCancelled));
  CHECK(job.failures.empty());
}

TEST_CASE("Without a limit a size may fail for ever, but not be infeasible") {
  Job job = MakeJob();
  job.spec.max_failures_per_batch_size = 0;
  Count(job, 32, std::vector<TrialOutcome>(100, TrialFailure::kFailed));
  CHECK(RuledOut(job).empty());
  Count(job, 64, {TrialFailure::kInfeasible});
  CHECK(RuledOut(job) == "64");
}

TEST_CASE("The error says of each size why it is not left") {
  Job job = MakeJob();
  Count(job, 16, std::vector<TrialOutcome>(4, TrialFailure::kFailed));
  Count(job, 64, {TrialFailure::kInfeasible});
  const absl::Status status =
      NoSizeLeft(Reason::kNothingConverged, job, job.spec.batch_sizes, {{"batch_sizes", "all"}}, "nothing");
  CHECK_THAT(status, FailsWith(Reason::kNothingConverged));
  CHECK(status.message() == "nothing: 16 (failed 4 times), 32 (did not converge), 64 (infeasible)");
  CHECK(MetadataOf(status) == std::map<std::string, std::string>{{"batch_sizes", "all"},
                                                                 {"failed_batch_sizes", "16"},
                                                                 {"infeasible_batch_sizes", "64"}});
}

TEST_CASE("The error stays short however many sizes there are") {
  Job job = MakeJob();
  Count(job, 1, {TrialFailure::kInfeasible});
  std::vector<int64_t> sizes;
  for (int64_t size = 1; size <= 1024; ++size) sizes.push_back(size << 30);
  const absl::Status status = NoSizeLeft(Reason::kNoBatchSizeLeft, job, sizes, {}, "nothing");
  CHECK(status.message().size() < 1000);
  CHECK(MetadataOf(status).at("infeasible_batch_sizes").size() < 1000);
}

}  // namespace
}  // namespace zeus::bso

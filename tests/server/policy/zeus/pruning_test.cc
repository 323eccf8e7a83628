#include "server/policy/zeus/pruning.h"

#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "catch2/catch.hpp"
#include "tests/support/specs.h"
#include "tests/support/status_matchers.h"

namespace zeus::bso {
namespace {

using testing::FailsWith;

Trial Ended(double cost, bool converged) {
  Trial trial;
  trial.status = TrialStatus::kSucceeded;
  trial.result = Result{.time_seconds = 1, .energy_joules = cost, .converged = converged};
  return trial;
}

// Explorations; the job below has eta_knob 1, so that the energy is the cost.
Trial Converged(double cost = 1) { return Ended(cost, true); }
Trial NotConverged() { return Ended(1, false); }
Trial Running() { return Trial(); }

JobSpec Spec(int64_t num_pruning_rounds) {
  JobSpec spec = testing::MakeSpec();
  spec.batch_sizes = {8, 16, 32, 64, 128};
  spec.default_batch_size = 32;
  spec.num_pruning_rounds = num_pruning_rounds;
  return spec;
}

Job JobOf(const JobSpec& spec) {
  Job job;
  job.spec = spec;
  return job;
}

// "explore 32", "run concurrently", "over with 16,32", or the reason of the error.
std::string Next(const Job& job, const Explorations& explorations) {
  const absl::StatusOr<PruningStep> step = NextPruningStep(job, explorations);
  if (!step.ok()) return ReasonNameOf(step.status());
  if (const auto* const explore = std::get_if<Explore>(&*step)) return absl::StrCat("explore ", explore->batch_size);
  if (std::holds_alternative<RunConcurrently>(*step)) return "run concurrently";
  return absl::StrCat("over with ", absl::StrJoin(std::get<PruningOver>(*step).survivors, ","));
}

std::string Next(const JobSpec& spec, const Explorations& explorations) { return Next(JobOf(spec), explorations); }

// How the exploration of a size in a round (0, 1, ...) ends.
using Outcome = std::function<Trial(int64_t batch_size, size_t round)>;

// Explores until pruning is over: the sizes in the order in which they were explored, and the end.
std::string Play(const JobSpec& spec, const Outcome& outcome) {
  constexpr int kMoreThanEnough = 100;
  Explorations explorations;
  std::string order;
  for (int i = 0; i < kMoreThanEnough; ++i) {
    const absl::StatusOr<PruningStep> step = NextPruningStep(JobOf(spec), explorations);
    const Explore* const explore = step.ok() ? std::get_if<Explore>(&*step) : nullptr;
    if (explore == nullptr) break;
    absl::StrAppend(&order, explore->batch_size, " ");
    std::vector<Trial>& of_size = explorations[explore->batch_size];
    of_size.push_back(outcome(explore->batch_size, of_size.size()));
  }
  return order + Next(spec, explorations);
}

TEST_CASE("Pruning starts with the default size") { CHECK(Next(Spec(2), {}) == "explore 32"); }

TEST_CASE("A round walks down from the default, then up from above it") {
  CHECK(Play(Spec(1), [](int64_t, size_t) { return Converged(); }) == "32 16 8 64 128 over with 8,16,32,64,128");
}

TEST_CASE("The smallest size as default leaves only the walk up, the largest only the walk down") {
  JobSpec spec = Spec(1);
  spec.default_batch_size = 8;
  CHECK(Play(spec, [](int64_t, size_t) { return Converged(); }) == "8 16 32 64 128 over with 8,16,32,64,128");
  spec.default_batch_size = 128;
  CHECK(Play(spec, [](int64_t, size_t) { return Converged(); }) == "128 64 32 16 8 over with 8,16,32,64,128");
}

TEST_CASE("The walk down is left at the first size that does not converge") {
  CHECK(Play(Spec(1), [](int64_t size, size_t) { return size == 16 ? NotConverged() : Converged(); }) ==
        "32 16 64 128 over with 32,64,128");
}

TEST_CASE("The walk up is left at the first size that does not converge") {
  CHECK(Play(Spec(1), [](int64_t size, size_t) { return size == 64 ? NotConverged() : Converged(); }) ==
        "32 16 8 64 over with 8,16,32");
}

TEST_CASE("A default that does not converge ends the walk down, not the walk up") {
  CHECK(Play(Spec(1), [](int64_t size, size_t) { return size == 32 ? NotConverged() : Converged(); }) ==
        "32 64 128 over with 64,128");
}

TEST_CASE("While an exploration is running nothing else is explored") {
  CHECK(Next(Spec(1), {{32, {Running()}}}) == "run concurrently");
  CHECK(Next(Spec(1), {{32, {Converged()}}, {16, {Running()}}}) == "run concurrently");
  CHECK(Next(Spec(1), {{8, {Converged()}}, {16, {Converged()}}, {32, {Converged()}}, {64, {Running()}}}) ==
        "run concurrently");
}

TEST_CASE("An exploration that is running off the walk holds nothing up") {
  CHECK(Next(Spec(1), {{128, {Running()}}}) == "explore 32");
}

TEST_CASE("Each round explores its survivors once more") {
  CHECK(Play(Spec(2), [](int64_t, size_t) { return Converged(); }) ==
        "32 16 8 64 128 32 16 8 64 128 over with 8,16,32,64,128");
}

TEST_CASE("The number of rounds is the job's") {
  JobSpec spec = Spec(4);
  spec.batch_sizes = {32};
  CHECK(Play(spec, [](int64_t, size_t) { return Converged(); }) == "32 32 32 32 over with 32");
}

TEST_CASE("A round looks at its own exploration of a size, not at earlier or later ones") {
  JobSpec spec = Spec(2);
  spec.batch_sizes = {32};
  CHECK(Next(spec, {{32, {Converged()}}}) == "explore 32");
  CHECK(Next(spec, {{32, {Converged(), Running()}}}) == "run concurrently");
  CHECK(Next(spec, {{32, {Running(), Converged()}}}) == "run concurrently");
  CHECK(Next(spec, {{32, {Converged(), Converged(), Running()}}}) == "over with 32");
}

TEST_CASE("Only survivors go on to the next round") {
  const Outcome outcome = [](int64_t size, size_t round) {
    if (round == 0) return size == 8 || size == 128 ? NotConverged() : Converged();
    return size == 64 ? NotConverged() : Converged();
  };
  CHECK(Play(Spec(2), outcome) == "32 16 8 64 128 32 16 64 over with 16,32");
}

TEST_CASE("More explorations of a size that was dropped do not bring it back") {
  CHECK(Next(Spec(2), {{16, {NotConverged(), Converged()}},
                       {32, {Converged(), Converged()}},
                       {64, {NotConverged(), Converged()}}}) == "over with 32");
}

TEST_CASE("The cheapest survivor is the default of the next round") {
  const Outcome outcome = [](int64_t size, size_t) { return Converged(size == 16 ? 3 : 4); };
  CHECK(Play(Spec(2), outcome) == "32 16 8 64 128 16 8 32 64 128 over with 8,16,32,64,128");
}

TEST_CASE("The cheapest survivor may be found on the walk up") {
  const Outcome outcome = [](int64_t size, size_t) { return Converged(size == 128 ? 3 : 4); };
  CHECK(Play(Spec(2), outcome) == "32 16 8 64 128 128 64 32 16 8 over with 8,16,32,64,128");
}

TEST_CASE("The cheapest is that of the last round, whatever earlier rounds cost") {
  const Outcome outcome = [](int64_t size, size_t round) {
    if (round == 0) return Converged(size == 16 ? 1 : 9);
    return Converged(size == 64 ? 5 : 6);
  };
  CHECK(Play(Spec(3), outcome) == "32 16 8 64 128 16 8 32 64 128 64 32 16 8 128 over with 8,16,32,64,128");
}

TEST_CASE("A cheap size that did not converge is not the next default") {
  const Outcome outcome = [](int64_t size, size_t) { return Ended(size == 128 ? 1 : 2, size != 128); };
  CHECK(Play(Spec(2), outcome) == "32 16 8 64 128 32 16 8 64 over with 8,16,32,64");
}

TEST_CASE("Of two cheapest the first in the walk is the next default") {
  const Outcome down_before_down = [](int64_t size, size_t) { return Converged(size == 16 || size == 8 ? 3 : 4); };
  CHECK(Play(Spec(2), down_before_down) == "32 16 8 64 128 16 8 32 64 128 over with 8,16,32,64,128");
  const Outcome down_before_up = [](int64_t size, size_t) { return Converged(size == 8 || size == 64 ? 3 : 4); };
  CHECK(Play(Spec(2), down_before_up) == "32 16 8 64 128 8 16 32 64 128 over with 8,16,32,64,128");
  const Outcome up_before_up = [](int64_t size, size_t) { return Converged(size == 64 || size == 128 ? 3 : 4); };
  CHECK(Play(Spec(2), up_before_up) == "32 16 8 64 128 64 32 16 8 128 over with 8,16,32,64,128");
}

TEST_CASE("Cheapest is by cost: a job that minds only time goes by time") {
  JobSpec spec = Spec(2);
  spec.eta_knob = 0;
  const Outcome outcome = [](int64_t size, size_t) {
    Trial trial = Converged(static_cast<double>(size));
    trial.result->time_seconds = 1 / static_cast<double>(size);
    return trial;
  };
  CHECK(Play(spec, outcome) == "32 16 8 64 128 128 64 32 16 8 over with 8,16,32,64,128");
}

TEST_CASE("Without rounds pruning is over at once with all sizes") {
  CHECK(Next(Spec(0), {}) == "over with 8,16,32,64,128");
  CHECK(Next(Spec(0), {{32, {NotConverged()}}, {64, {Running()}}}) == "over with 8,16,32,64,128");
}

TEST_CASE("A later round in which nothing converges keeps the survivors of the round before and is the last") {
  const Outcome outcome = [](int64_t size, size_t round) {
    return round == 0 && size != 128 ? Converged() : NotConverged();
  };
  CHECK(Play(Spec(4), outcome) == "32 16 8 64 128 32 64 over with 8,16,32,64");
}

TEST_CASE("A round is void only when both directions are through") {
  const JobSpec spec = Spec(2);
  const Explorations explorations = {
      {16, {NotConverged()}}, {32, {Converged(), NotConverged()}}, {64, {Converged()}}, {128, {NotConverged()}}};
  CHECK(Next(spec, explorations) == "explore 64");
  Explorations running = explorations;
  running[64].push_back(Running());
  CHECK(Next(spec, running) == "run concurrently");
}

TEST_CASE("When nothing converges in the first round the error names the sizes tried") {
  const absl::Status status =
      NextPruningStep(JobOf(Spec(2)), {{32, {NotConverged()}}, {64, {NotConverged()}}}).status();
  CHECK_THAT(status, FailsWith(Reason::kNothingConverged));
  CHECK_THAT(std::string(status.message()),
             Catch::Contains("'job'") && Catch::EndsWith("tried: 32 (did not converge), 64 (did not converge)"));
  CHECK(MetadataOf(status) == std::map<std::string, std::string>{{"batch_sizes", "32,64"}});
}

TEST_CASE("A first round without convergence is over only when both directions are through") {
  CHECK(Next(Spec(2), {{32, {NotConverged()}}}) == "explore 64");
  CHECK(Next(Spec(2), {{32, {NotConverged()}}, {64, {Running()}}}) == "run concurrently");
}

TEST_CASE("An only size that does not converge is the only one named") {
  JobSpec spec = Spec(1);
  spec.batch_sizes = {32};
  const absl::Status status = NextPruningStep(JobOf(spec), {{32, {NotConverged()}}}).status();
  CHECK_THAT(status, FailsWith(Reason::kNothingConverged));
  CHECK(MetadataOf(status).at("batch_sizes") == "32");
}

TEST_CASE("The error stays short for a job of 1024 sizes, none of which converged") {
  JobSpec spec = Spec(1);
  spec.batch_sizes.clear();
  Explorations explorations;
  for (int64_t size = 1; size <= 1024; ++size) {
    spec.batch_sizes.push_back(size);
    explorations[size].push_back(NotConverged());
  }
  spec.default_batch_size = 512;
  const absl::Status status = NextPruningStep(JobOf(spec), explorations).status();
  CHECK_THAT(status, FailsWith(Reason::kNothingConverged));
  CHECK(MetadataOf(status).at("batch_sizes") == "512,513");
  CHECK(status.message().size() < 200);
}

Job JobWithFailures(const JobSpec& spec, const std::map<int64_t, BatchSizeFailures>& failures) {
  Job job = JobOf(spec);
  job.failures = failures;
  return job;
}

constexpr BatchSizeFailures kFailedTooOften = {.num_failures = 3, .infeasible = false};
constexpr BatchSizeFailures kInfeasible = {.num_failures = 0, .infeasible = true};

TEST_CASE("A size that failed too often ends its direction, as one that does not converge") {
  const Job job = JobWithFailures(Spec(1), {{16, kFailedTooOften}});
  CHECK(Next(job, {{32, {Converged()}}}) == "explore 64");
  CHECK(Next(job, {{32, {Converged()}}, {64, {Converged()}}, {128, {Converged()}}}) == "over with 32,64,128");
}

TEST_CASE("A size that is infeasible ends its direction, and so do the greater ones") {
  CHECK(Next(JobWithFailures(Spec(1), {{64, kInfeasible}}), {{32, {Converged()}}, {16, {NotConverged()}}}) ==
        "over with 32");
  CHECK(Next(JobWithFailures(Spec(1), {{16, kInfeasible}}), {}) == "NOTHING_CONVERGED");
}

TEST_CASE("A size that is ruled out in a later round keeps what it did in the rounds before") {
  const Explorations explorations = {
      {16, {NotConverged()}}, {32, {Converged()}}, {64, {Converged()}}, {128, {Converged()}}};
  CHECK(Next(JobWithFailures(Spec(2), {{64, kFailedTooOften}}), explorations) == "explore 32");
  Explorations later = explorations;
  later[32].push_back(Converged());
  CHECK(Next(JobWithFailures(Spec(2), {{64, kFailedTooOften}}), later) == "over with 32");
  // It still survives when its result of the round is there.
  later[64].push_back(Converged());
  CHECK(Next(JobWithFailures(Spec(2), {{64, kFailedTooOften}}), later) == "explore 128");
}

TEST_CASE("Nobody waits for the exploration of a size that is ruled out") {
  const Job job = JobWithFailures(Spec(1), {{32, kFailedTooOften}});
  CHECK(Next(job, {{32, {Running()}}}) == "explore 64");
}

TEST_CASE("When nothing is left the error says which sizes failed and why") {
  const Job job = JobWithFailures(Spec(1), {{32, kFailedTooOften}, {64, kInfeasible}});
  const absl::Status status = NextPruningStep(job, {}).status();
  CHECK_THAT(status, FailsWith(Reason::kNothingConverged));
  CHECK_THAT(std::string(status.message()), Catch::EndsWith("tried: 32 (failed 3 times), 64 (infeasible)"));
}

}  // namespace
}  // namespace zeus::bso

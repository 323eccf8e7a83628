#include "server/service/summary.h"

#include <optional>

#include "catch2/catch.hpp"
#include "tests/support/specs.h"

namespace zeus::bso {
namespace {

// Of a job with the sizes 16, 32 (the default) and 64, of which 16 is the best.
Explanation MakeExplanation(double cost, double probability, std::optional<double> saving) {
  Explanation explanation;
  for (const int64_t batch_size : {16, 32, 64}) explanation.sizes.push_back({.batch_size = batch_size});
  explanation.sizes[0].cost = Estimate{.value = cost, .relative_sd = 0.1};
  explanation.sizes[0].best_probability = probability;
  explanation.best_batch_size = 16;
  if (saving.has_value()) explanation.cost_saving = Saving{.median = *saving};
  return explanation;
}

std::string SummaryOf(const Explanation& explanation, Stage stage = Stage::kNone) {
  Job job;
  job.spec = testing::MakeSpec();
  job.stage = stage;
  return Summarize(job, explanation);
}

TEST_CASE("The sentence names the best size, what it costs, and what it saves") {
  CHECK(SummaryOf(MakeExplanation(123.456, 0.83, 0.351)) ==
        "Batch size 16 is the best with a probability of 83 %: a training costs about 123.5 J, 35 % less than with the "
        "default, 32.");
  CHECK(SummaryOf(MakeExplanation(31234.5, 0.5, -0.02)) ==
        "Batch size 16 is the best with a probability of 50 %: a training costs about 31230 J, 2 % more than with the "
        "default, 32.");
  CHECK(SummaryOf(MakeExplanation(1e9, 1, std::nullopt)) ==
        "Batch size 16 is the best with a probability of 100 %: a training costs about 1e+09 J; the default, 32, has "
        "not converged.");
}

TEST_CASE("A default that has converged, and cannot be compared, is not said to have failed") {
  Explanation explanation = MakeExplanation(100, 0, std::nullopt);
  explanation.sizes[1].num_converged = 2;
  CHECK(SummaryOf(explanation) ==
        "Batch size 16 is the best that has converged: a training costs about 100.0 J; the default, 32, cannot be "
        "compared with it.");
}

TEST_CASE("A size that is probably not the best is called the best that has converged") {
  CHECK(
      SummaryOf(MakeExplanation(5, 0.01, 0.1)) ==
      "Batch size 16 is the best that has converged (with a probability of 99 % another costs less): a training costs "
      "about 5.000 J, 10 % less than with the default, 32.");
}

TEST_CASE("A best size whose cost is not known is named") {
  Explanation explanation = MakeExplanation(1, 1, std::nullopt);
  explanation.sizes[0].cost.reset();
  CHECK(SummaryOf(explanation) == "Batch size 16 has converged; what it costs is not known.");
}

TEST_CASE("Without a best size the sentence counts trials") {
  Explanation explanation = MakeExplanation(1, 1, std::nullopt);
  explanation.best_batch_size.reset();
  CHECK(SummaryOf(explanation) == "No trial has been started yet.");
  explanation.sizes[1].num_trials = 1;
  CHECK(SummaryOf(explanation) == "No batch size has converged yet, in 1 trial.");
  explanation.sizes[1].num_trials = 3;
  CHECK(SummaryOf(explanation) == "No batch size has converged yet, in 3 trials.");
  explanation.sizes[1].num_converged = 1;
  CHECK(SummaryOf(explanation, Stage::kPruning) == "Batch sizes are tried one by one: 1 of 3 trials have converged.");
  CHECK(SummaryOf(explanation) == "No batch size that has converged can be picked now: 1 of 3 trials have converged.");
}

}  // namespace
}  // namespace zeus::bso

#include "server/service/verdict.h"

#include <cmath>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "server/policy/cost.h"

namespace zeus::bso {
namespace {

std::string Number(double value, int digits) {
  return std::isnan(value) ? "NaN" : absl::StrFormat("%.*g", digits, value);
}

// Two numbers of at least six digits, and of more where they would look equal and are not.
std::pair<std::string, std::string> DistinctNumbers(double a, double b) {
  constexpr int kMaxDigits = 17;  // They distinguish all doubles.
  int digits = 6;
  while (digits < kMaxDigits && a != b && Number(a, digits) == Number(b, digits)) ++digits;
  return {Number(a, digits), Number(b, digits)};
}

std::string Epochs(int64_t epochs) { return absl::StrCat(epochs, epochs == 1 ? " epoch" : " epochs"); }

std::string AtBestSize(const FinalReport& report) {
  if (!report.limit_batch_size.has_value()) return "";
  return absl::StrCat(" at batch size ", *report.limit_batch_size);
}

// The sentence on a training that reported no cost: the policy decided by the cost of an epoch that it believes.
std::string WithoutCost(const FinalReport& report, const char* what) {
  return absl::StrCat("Stopped early: no cost was reported, and by what an epoch is believed to cost ", what,
                      " over the limit of ", Number(report.cost_limit.value_or(0), 6), " J");
}

// What a training that did not converge is to do. A size that was only explored is left for another one; one that is
// known to converge may be tried again.
std::string WhatIsNext(const JobSpec& spec, const Trial& trial) {
  if (spec.batch_sizes.size() == 1) return "Start again.";
  const bool explored =
      trial.type == TrialType::kExploration || trial.type == TrialType::kFirst || trial.type == TrialType::kExplore;
  return explored ? "Start again: another size is next." : "Start again: another size may be next.";
}

std::string Sentence(const JobSpec& spec, const Trial& trial, const FinalReport& report) {
  const double cost = Cost(spec, *trial.result);
  const auto [target, last] = DistinctNumbers(spec.target_metric, report.metric);
  switch (report.reason) {
    case EndReason::kTargetReached:
      return absl::StrCat("Batch size ", trial.batch_size, " reached ", target, " within ", Epochs(report.epochs),
                          " (last ", last, ") at a cost of ", Number(cost, 6), " J");
    case EndReason::kMaxEpochsDone:
      return absl::StrCat("Batch size ", trial.batch_size, " did not reach ", target, " within ", Epochs(report.epochs),
                          " (last ", last, "). ", WhatIsNext(spec, trial));
    case EndReason::kCostOverLimit: {
      if (cost == 0) return WithoutCost(report, "it is");
      const auto [so_far, limit] = DistinctNumbers(cost, report.cost_limit.value_or(0));
      return absl::StrCat("Stopped early: ", so_far, " J so far, over the limit of ", limit, " J");
    }
    case EndReason::kNextEpochOverLimit: {
      if (cost == 0) return WithoutCost(report, "one more epoch would be");
      const auto [so_far, limit] = DistinctNumbers(cost, report.cost_limit.value_or(0));
      return absl::StrCat("Stopped early: ", so_far, " J so far; one more epoch would pass the limit of ", limit, " J");
    }
    case EndReason::kDearerThanStartingOver: {
      const auto [rest, limit] = DistinctNumbers(report.expected_rest.value_or(0), report.cost_limit.value_or(0));
      return absl::StrCat("Stopped early: about ", rest, " J more expected; a new run", AtBestSize(report),
                          " costs about ", limit, " J");
    }
    case EndReason::kSlowerThanAnother: {
      if (cost == 0) return WithoutCost(report, "it is");
      const auto [so_far, limit] = DistinctNumbers(cost, report.cost_limit.value_or(0));
      return absl::StrCat("Stopped early: ", so_far, " J so far; another run", AtBestSize(report),
                          " has converged meanwhile, which sets a limit of ", limit, " J");
    }
  }
  return "";
}

}  // namespace

Verdict VerdictOn(const JobSpec& spec, const Trial& trial) {
  Verdict verdict = {.stop_train = true, .converged = trial.result->converged};
  if (trial.final_report.has_value()) {
    verdict.message = Sentence(spec, trial, *trial.final_report);
    verdict.end_reason = trial.final_report->reason;
  } else {
    verdict.message = "The trial has ended already; the server has no record of the reason";
  }
  return verdict;
}

}  // namespace zeus::bso

#include "server/service/summary.h"

#include <algorithm>
#include <cmath>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

namespace zeus::bso {
namespace {

// Four significant digits, as people write numbers.
std::string Number(double value) {
  constexpr int kDigits = 4;
  constexpr double kLeast = 1e-3;
  constexpr double kMost = 1e7;
  if (!(value >= kLeast && value < kMost)) return absl::StrFormat("%.*g", kDigits, value);
  const int before_point = static_cast<int>(std::floor(std::log10(value))) + 1;
  if (before_point <= kDigits) return absl::StrFormat("%.*f", kDigits - before_point, value);
  const double unit = std::pow(10, before_point - kDigits);
  return absl::StrFormat("%.0f", std::round(value / unit) * unit);
}

std::string WithoutBest(const Job& job, const Explanation& explanation) {
  int64_t num_trials = 0;
  int64_t num_converged = 0;
  for (const BatchSizeExplanation& size : explanation.sizes) {
    num_trials += size.num_trials;
    num_converged += size.num_converged;
  }
  if (num_trials == 0) return "No trial has been started yet.";
  if (num_converged == 0) {
    return absl::StrCat("No batch size has converged yet, in ", num_trials, num_trials == 1 ? " trial." : " trials.");
  }
  if (job.stage == Stage::kPruning) {
    return absl::StrCat("Batch sizes are tried one by one: ", num_converged, " of ", num_trials,
                        " trials have converged.");
  }
  return absl::StrCat("No batch size that has converged can be picked now: ", num_converged, " of ", num_trials,
                      " trials have converged.");
}

// ", 35 % less than with the default, 512".
std::string AgainstDefault(const Job& job, const Explanation& explanation) {
  const int64_t default_size = job.spec.default_batch_size;
  if (explanation.best_batch_size == default_size) return ", and is the default";
  if (!explanation.cost_saving.has_value()) {
    const auto found = std::find_if(explanation.sizes.begin(), explanation.sizes.end(),
                                    [&](const BatchSizeExplanation& size) { return size.batch_size == default_size; });
    const bool has_converged = found != explanation.sizes.end() && found->num_converged > 0;
    return absl::StrCat("; the default, ", default_size,
                        has_converged ? ", cannot be compared with it" : ", has not converged");
  }
  const double percent = 100 * explanation.cost_saving->median;
  return absl::StrFormat(", %.0f %% %s than with the default, %d", std::abs(percent), percent >= 0 ? "less" : "more",
                         default_size);
}

}  // namespace

std::string Summarize(const Job& job, const Explanation& explanation) {
  const auto best =
      std::find_if(explanation.sizes.begin(), explanation.sizes.end(),
                   [&](const BatchSizeExplanation& size) { return size.batch_size == explanation.best_batch_size; });
  if (best == explanation.sizes.end()) return WithoutBest(job, explanation);
  if (!best->cost.has_value()) {
    return absl::StrCat("Batch size ", best->batch_size, " has converged; what it costs is not known.");
  }
  const double percent = 100 * best->best_probability;
  std::string probability = "is the best that has converged";
  if (percent >= 50) {
    probability = absl::StrFormat("is the best with a probability of %.0f %%", percent);
  } else if (percent > 0) {
    absl::StrAppendFormat(&probability, " (with a probability of %.0f %% another costs less)", 100 - percent);
  }
  return absl::StrCat("Batch size ", best->batch_size, " ", probability, ": a training costs about ",
                      Number(best->cost->value), " J", AgainstDefault(job, explanation), ".");
}

}  // namespace zeus::bso

#include "server/policy/best_probability.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "server/policy/numeric.h"

namespace zeus::bso {
namespace {

constexpr int kSteps = 400;

// The cheapest lies within this many sds of some mean.
constexpr double kSds = 5;

// Keeps logarithms finite.
constexpr double kLeastTail = 1e-300;

// Adds each size's integrand at `x`. `log_tails` is scratch.
void AddStep(const std::vector<CostBelief>& costs, const std::vector<bool>& usable, double x,
             std::vector<double>& log_tails, std::vector<double>& probabilities) {
  double all_above = 0;
  for (size_t i = 0; i < costs.size(); ++i) {
    if (!usable[i]) continue;
    log_tails[i] = std::log(std::max(NormalCdf(-(x - costs[i].mean) / costs[i].sd), kLeastTail));
    all_above += log_tails[i];
  }
  for (size_t i = 0; i < costs.size(); ++i) {
    if (!usable[i]) continue;
    const double density = NormalPdf((x - costs[i].mean) / costs[i].sd) / costs[i].sd;
    probabilities[i] += BoundedExp(all_above - log_tails[i]) * density;
  }
}

}  // namespace

std::vector<double> BestProbabilities(const std::vector<CostBelief>& costs, const std::vector<bool>& usable) {
  double low = std::numeric_limits<double>::infinity(), high = low;
  for (size_t i = 0; i < costs.size(); ++i) {
    if (!usable[i]) continue;
    low = std::min(low, costs[i].mean - kSds * costs[i].sd);
    high = std::min(high, costs[i].mean + kSds * costs[i].sd);
  }
  std::vector<double> log_tails(costs.size()), probabilities(costs.size());
  for (int step = 0; step < kSteps; ++step) {
    AddStep(costs, usable, low + (high - low) * (step + 0.5) / kSteps, log_tails, probabilities);
  }
  const double total = std::accumulate(probabilities.begin(), probabilities.end(), 0.0);
  for (double& probability : probabilities) probability /= total;
  return probabilities;
}

}  // namespace zeus::bso

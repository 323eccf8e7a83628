// The probability of each size to be the cheapest. A pure function.
#ifndef ZEUS_BSO_SERVER_POLICY_BEST_PROBABILITY_H_
#define ZEUS_BSO_SERVER_POLICY_BEST_PROBABILITY_H_

#include <vector>

namespace zeus::bso {

// A Gaussian belief of a cost, or of its logarithm.
struct CostBelief {
  double mean = 0;
  double sd = 0;  // above 0
};

// For each i with usable[i], the probability that costs[i] is the least of the usable ones, taken as independent: the
// integral of its density times the probability that all others are above, by the midpoint rule. 0 for the others.
std::vector<double> BestProbabilities(const std::vector<CostBelief>& costs, const std::vector<bool>& usable);

}  // namespace zeus::bso

#endif  // ZEUS_BSO_SERVER_POLICY_BEST_PROBABILITY_H_

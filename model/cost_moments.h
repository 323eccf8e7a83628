// Count, mean and variance of costs that come one by one, for a refit whose time does not grow with their number.
#ifndef ZEUS_BSO_MODEL_COST_MOMENTS_H_
#define ZEUS_BSO_MODEL_COST_MOMENTS_H_

#include <cstdint>

namespace zeus::bso {

// A number of twice the precision of a double: the unevaluated sum of two.
struct DoubleDouble {
  double high = 0;
  double low = 0;

  bool operator==(const DoubleDouble&) const = default;
};

// Sums of the deviations from the first cost and of their squares, in which nothing is lost that a double could show:
// as long as the costs are no more than 1e8 times their standard deviation away from each other, all results have a
// relative error below 1e-15. Costs that are all equal have a variance of exactly 0.
struct CostMoments {
  int64_t count = 0;
  double first_cost = 0;  // In joules.
  DoubleDouble deviation_sum;
  DoubleDouble squared_deviation_sum;

  // `cost` in joules, of an absolute value of at most 1e150.
  void Add(double cost);

  // Of what was added so far; at least one cost.
  double Sum() const;
  double Mean() const;
  double PopulationVariance() const;

  bool operator==(const CostMoments&) const = default;
};

}  // namespace zeus::bso

#endif  // ZEUS_BSO_MODEL_COST_MOMENTS_H_

#include "model/cost_moments.h"

#include <algorithm>
#include <limits>

namespace zeus::bso {
namespace {

// The widest floating point that the compiler has on this machine: 113 bits.
#if __LDBL_MANT_DIG__ == 113
using Wide = long double;
#else
__extension__ using Wide = __float128;
#endif

Wide Widen(const DoubleDouble& number) { return Wide{number.high} + Wide{number.low}; }

DoubleDouble Narrow(Wide number) {
  const auto high = static_cast<double>(number);
  return {.high = high, .low = static_cast<double>(number - high)};
}

}  // namespace

void CostMoments::Add(double cost) {
  if (count == 0) first_cost = cost;
  ++count;
  const Wide deviation = Wide{cost} - Wide{first_cost};
  deviation_sum = Narrow(Widen(deviation_sum) + deviation);
  squared_deviation_sum = Narrow(Widen(squared_deviation_sum) + deviation * deviation);
}

double CostMoments::Sum() const { return static_cast<double>(Wide{first_cost} * count + Widen(deviation_sum)); }

double CostMoments::Mean() const { return static_cast<double>(Wide{first_cost} + Widen(deviation_sum) / count); }

double CostMoments::PopulationVariance() const {
  const Wide mean_deviation = Widen(deviation_sum) / count;
  const Wide variance = Widen(squared_deviation_sum) / count - mean_deviation * mean_deviation;
  return std::max(0.0, static_cast<double>(variance));
}

}  // namespace zeus::bso

// Elementary functions that policies use. Pure functions.
#ifndef ZEUS_BSO_SERVER_POLICY_NUMERIC_H_
#define ZEUS_BSO_SERVER_POLICY_NUMERIC_H_

#include <algorithm>
#include <cmath>
#include <numbers>

namespace zeus::bso {

// exp that stays finite.
inline double BoundedExp(double value) { return std::exp(std::min(value, 700.0)); }

// The cumulative distribution function and the density of the standard normal distribution.
inline double NormalCdf(double z) { return 0.5 * std::erfc(-z * std::sqrt(0.5)); }
inline double NormalPdf(double z) { return std::exp(-0.5 * z * z) / std::sqrt(2 * std::numbers::pi); }

}  // namespace zeus::bso

#endif  // ZEUS_BSO_SERVER_POLICY_NUMERIC_H_

// Sum, mean and variance of doubles with every rounding as NumPy 1.24 has it
// for a contiguous float64 array and its default buffer size (pairwise
// summation), so that figures computed here and there agree bit for bit. Pure
// functions, safe from any thread.
// Source: N. J. Higham, "The Accuracy of Floating Point Summation", 1993.

#ifndef ZEUS_BSO_SERVER_RANDOM_STATISTICS_H_
#define ZEUS_BSO_SERVER_RANDOM_STATISTICS_H_

#include <span>

namespace zeus::bso::random {

// 0 for no values.
double Sum(std::span<const double> values);

// NaN for no values.
double Mean(std::span<const double> values);

// The mean squared deviation from the mean (no Bessel correction). NaN for no
// values.
double PopulationVariance(std::span<const double> values);

}  // namespace zeus::bso::random

#endif  // ZEUS_BSO_SERVER_RANDOM_STATISTICS_H_

// The estimate of a run's noise (Noise in model/curves.h). Pure functions.
#ifndef ZEUS_BSO_SERVER_POLICY_CURVES_NOISE_H_
#define ZEUS_BSO_SERVER_POLICY_CURVES_NOISE_H_

#include "model/curves.h"

namespace zeus::bso::curves {

// The estimated variance, at least `least`.
double Variance(const Noise& noise, double least);

// Counts a deviation from the mean of `weight` runs. A larger one than `bound` counts as `bound`.
void AddDeviation(double deviation, double bound, double weight, Noise& noise);

}  // namespace zeus::bso::curves

#endif  // ZEUS_BSO_SERVER_POLICY_CURVES_NOISE_H_

// Count, mean and spread of numbers that come one by one.
#ifndef ZEUS_BSO_MODEL_RUNNING_MEAN_H_
#define ZEUS_BSO_MODEL_RUNNING_MEAN_H_

#include <cstdint>

namespace zeus::bso {

// Source: B. P. Welford, "Note on a Method for Calculating Corrected Sums of Squares and Products", 1962.
struct RunningMean {
  int64_t count = 0;
  double mean = 0;
  double sum_of_squares = 0;  // Sum of the squared deviations from the mean.

  void Add(double value) {
    ++count;
    const double deviation = value - mean;
    mean += deviation / static_cast<double>(count);
    sum_of_squares += deviation * (value - mean);
  }

  bool operator==(const RunningMean&) const = default;
};

}  // namespace zeus::bso

#endif  // ZEUS_BSO_MODEL_RUNNING_MEAN_H_

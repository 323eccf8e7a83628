// A histogram with fixed bounds, as a plain value.
#ifndef ZEUS_BSO_MODEL_HISTOGRAM_H_
#define ZEUS_BSO_MODEL_HISTOGRAM_H_

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

namespace zeus::bso {

template <size_t N>
struct Histogram {
  std::array<double, N> bounds{};          // Ascending. A value belongs to the first bound that is not less.
  std::array<int64_t, N + 1> counts = {};  // The last one counts values beyond all bounds.
  double sum = 0;                          // The sum of all values.

  void Add(double value) {
    ++counts[static_cast<size_t>(std::lower_bound(bounds.begin(), bounds.end(), value) - bounds.begin())];
    sum += value;
  }
};

}  // namespace zeus::bso

#endif  // ZEUS_BSO_MODEL_HISTOGRAM_H_

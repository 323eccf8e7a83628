#include "tests/soak/memory_curve.h"

#include <algorithm>
#include <cstddef>

namespace zeus::bso::testing {
namespace {

double Median(std::vector<double> values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

}  // namespace

Thirds MemoryCurve::MediansOfThirds() const {
  const auto third = [&](size_t number) {
    const auto bound = [&](size_t n) {
      return samples_.begin() + static_cast<std::ptrdiff_t>(samples_.size() * n / 3);
    };
    return Median({bound(number), bound(number + 1)});
  };
  return {.first = third(0), .middle = third(1), .last = third(2)};
}

double MemoryCurve::TakeMedian() {
  const size_t begin = std::min(taken_, samples_.size() - 1);
  taken_ = samples_.size();
  return Median({samples_.begin() + static_cast<std::ptrdiff_t>(begin), samples_.end()});
}

}  // namespace zeus::bso::testing

// The same quantity from repeated runs.
#ifndef ZEUS_BSO_TESTS_BENCH_SERIES_H_
#define ZEUS_BSO_TESTS_BENCH_SERIES_H_

#include <algorithm>
#include <utility>
#include <vector>

namespace zeus::bso::bench {

class Series {
 public:
  Series() = default;
  explicit Series(std::vector<double> values) : values_(std::move(values)) {}

  void Add(double value) { values_.push_back(value); }
  const std::vector<double>& values() const { return values_; }

  // Of an empty series, 0.
  double median() const {
    if (values_.empty()) return 0;
    std::vector<double> sorted = values_;
    std::sort(sorted.begin(), sorted.end());
    const size_t half = sorted.size() / 2;
    return sorted.size() % 2 == 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
  }
  double min() const { return values_.empty() ? 0 : *std::min_element(values_.begin(), values_.end()); }
  double max() const { return values_.empty() ? 0 : *std::max_element(values_.begin(), values_.end()); }

 private:
  std::vector<double> values_;
};

}  // namespace zeus::bso::bench

#endif  // ZEUS_BSO_TESTS_BENCH_SERIES_H_

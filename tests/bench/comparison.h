// Two measurements taken in turns, so that what else the machine does meets both alike.
#ifndef ZEUS_BSO_TESTS_BENCH_COMPARISON_H_
#define ZEUS_BSO_TESTS_BENCH_COMPARISON_H_

#include <functional>
#include <vector>

#include "tests/bench/load.h"
#include "tests/bench/quietest.h"
#include "tests/bench/series.h"

namespace zeus::bso::bench {

class Comparison {
 public:
  using Measuring = std::function<Measurement()>;

  // Takes turns `repetitions` times, each time the other one first.
  Comparison(int repetitions, Quietest& quietest, const Measuring& work, const Measuring& base) {
    for (int i = 0; i < repetitions; ++i) {
      if (i % 2 == 1) work_.push_back(quietest(work));
      base_.push_back(quietest(base));
      if (i % 2 == 0) work_.push_back(quietest(work));
    }
  }

  // A quantity of the work as a multiple of that of the base, one value a repetition.
  Series Ratio(const std::function<double(const Measurement&)>& quantity) const {
    Series ratios;
    for (size_t i = 0; i < work_.size(); ++i) ratios.Add(quantity(work_[i]) / quantity(base_[i]));
    return ratios;
  }

  const std::vector<Measurement>& work() const { return work_; }
  const std::vector<Measurement>& base() const { return base_; }

 private:
  std::vector<Measurement> work_;
  std::vector<Measurement> base_;
};

}  // namespace zeus::bso::bench

#endif  // ZEUS_BSO_TESTS_BENCH_COMPARISON_H_

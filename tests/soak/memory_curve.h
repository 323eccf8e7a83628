// Resident memory of a process over time, and whether it has levelled off: the median of the last third of the samples
// is at most kAllowedGrowthMib above that of the middle third.
//
// Why so. The first third is left out because everything that has a bound fills up in it: write buffers, caches, pools.
// What goes on after it, buffers that are filled and written out in turn, goes up and down by several MiB in about a
// minute; a median over several such turns moves by about one. A leak is in it in full: the middles of the two thirds
// are a third of all calls apart, so that one of 20 bytes in each of a million calls makes 6.4 MiB, and at least half
// as much again by what malloc adds to it.
#ifndef ZEUS_BSO_TESTS_SOAK_MEMORY_CURVE_H_
#define ZEUS_BSO_TESTS_SOAK_MEMORY_CURVE_H_

#include <cstddef>
#include <vector>

namespace zeus::bso::testing {

inline constexpr double kAllowedGrowthMib = 4;

// Medians of the thirds of a curve, in MiB.
struct Thirds {
  double first = 0;
  double middle = 0;
  double last = 0;

  // What came on top from the middle of the soak to its end; the first third warms up.
  double Growth() const { return last - middle; }
};

class MemoryCurve {
 public:
  // The samples come at equal distances of time.
  void Add(double mib) { samples_.push_back(mib); }

  // There must be samples in each third.
  Thirds MediansOfThirds() const;

  // The median of the samples since the last call; of the latest one, when there are none.
  double TakeMedian();

 private:
  std::vector<double> samples_;
  size_t taken_ = 0;
};

}  // namespace zeus::bso::testing

#endif  // ZEUS_BSO_TESTS_SOAK_MEMORY_CURVE_H_

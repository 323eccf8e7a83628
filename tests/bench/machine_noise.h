// How much of the machine others took while something was measured: what makes its numbers worth less.
#ifndef ZEUS_BSO_TESTS_BENCH_MACHINE_NOISE_H_
#define ZEUS_BSO_TESTS_BENCH_MACHINE_NOISE_H_

#include <chrono>

namespace zeus::bso::bench {

class MachineNoise {
 public:
  // Begins to watch.
  MachineNoise();

  // CPUs that were busy since then with neither this process nor its children, which have all ended by now.
  double CpusOfOthers() const;

 private:
  const std::chrono::steady_clock::time_point begin_;
  const double busy_before_;
  const double own_before_;
};

}  // namespace zeus::bso::bench

#endif  // ZEUS_BSO_TESTS_BENCH_MACHINE_NOISE_H_

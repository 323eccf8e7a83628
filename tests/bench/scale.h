// How much is measured.
#ifndef ZEUS_BSO_TESTS_BENCH_SCALE_H_
#define ZEUS_BSO_TESTS_BENCH_SCALE_H_

#include <chrono>
#include <cstdint>
#include <vector>

namespace zeus::bso::bench {

struct Scale {
  std::vector<int64_t> jobs;
  std::vector<int> in_flight;
  int repetitions = 3;
  std::chrono::milliseconds warm_up{50};
  std::chrono::milliseconds window{250};
};

inline Scale SmokeScale() {
  return {.jobs = {1, 10},
          .in_flight = {1, 8},
          .repetitions = 1,
          .warm_up = std::chrono::milliseconds(5),
          .window = std::chrono::milliseconds(20)};
}
inline Scale QuickScale() { return {.jobs = {1000}, .in_flight = {64}}; }
inline Scale DefaultScale() { return {.jobs = {1, 100, 1000, 100'000}, .in_flight = {1, 8, 64, 256}}; }

}  // namespace zeus::bso::bench

#endif  // ZEUS_BSO_TESTS_BENCH_SCALE_H_

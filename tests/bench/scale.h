// How much is measured.
#ifndef ZEUS_BSO_TESTS_BENCH_SCALE_H_
#define ZEUS_BSO_TESTS_BENCH_SCALE_H_

#include <chrono>
#include <cstdint>
#include <vector>

namespace zeus::bso::bench {

struct Scale {
  // Of the rows.
  std::vector<int64_t> jobs;
  std::vector<int> in_flight;
  int repetitions = 3;
  std::chrono::milliseconds warm_up{50};
  std::chrono::milliseconds window{250};

  // Of the goals.
  int64_t many_jobs = 1000;
  int64_t very_many_jobs = 100'000;
  int64_t long_history = 1'000'000;  // Trials of one job, and jobs of one store; 0: not measured.
  int64_t trials_at_start = 0;       // Of the store that a start is timed on, ten a job; 0: not measured.
  int goal_repetitions = 7;
  std::chrono::milliseconds goal_window{400};
  std::chrono::milliseconds idle{2000};  // How long nothing happens when that is measured.
};

inline Scale SmokeScale() {
  return {.jobs = {1, 10},
          .in_flight = {1, 8},
          .repetitions = 1,
          .warm_up = std::chrono::milliseconds(5),
          .window = std::chrono::milliseconds(20),
          .many_jobs = 10,
          .very_many_jobs = 100,
          .long_history = 1000,
          .trials_at_start = 1000,
          .goal_repetitions = 1,
          .goal_window = std::chrono::milliseconds(20),
          .idle = std::chrono::milliseconds(50)};
}

inline Scale QuickScale() {
  return {.jobs = {1000},
          .in_flight = {64},
          .repetitions = 2,
          .long_history = 0,
          .goal_repetitions = 3,
          .goal_window = std::chrono::milliseconds(300)};
}

inline Scale DefaultScale() { return {.jobs = {1, 100, 1000, 100'000}, .in_flight = {1, 8, 64, 256}}; }

inline Scale FullScale() {
  Scale scale = DefaultScale();
  scale.trials_at_start = 10'000'000;
  return scale;
}

}  // namespace zeus::bso::bench

#endif  // ZEUS_BSO_TESTS_BENCH_SCALE_H_

// The load generator: so many slots, each with at most one unit of work in flight, for so long.
#ifndef ZEUS_BSO_TESTS_BENCH_LOAD_H_
#define ZEUS_BSO_TESTS_BENCH_LOAD_H_

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <functional>
#include <limits>
#include <random>
#include <string>

#include "tests/bench/connections.h"
#include "tests/bench/task.h"

namespace zeus::bso::bench {

// What a unit of work has to itself.
struct Slot {
  const Connection* connection;  // Null where the work needs none.
  std::minstd_rand random;
  int64_t repeats = 0;  // To be raised by work that lost a race and begins again.

  // In [0, count).
  int64_t Pick(int64_t count) { return std::uniform_int_distribution<int64_t>(0, count - 1)(random); }
};

// Does one unit of work. kNoMoreWork ends the measurement early and is not counted.
using Work = std::function<Task(Slot&)>;

// A code that no server here answers with.
inline constexpr grpc::StatusCode kNoMoreWork = grpc::StatusCode::OUT_OF_RANGE;

struct LoadOptions {
  int in_flight = 1;
  double per_second = 0;  // Of arrivals; 0: a closed loop.
  std::chrono::milliseconds warm_up{50};
  std::chrono::milliseconds window{300};  // What is measured; longer, if by then no unit has ended.
  int64_t max_units = std::numeric_limits<int64_t>::max();
};

struct Measurement {
  double seconds = 0;
  int64_t units = 0;     // Ended within the window, well or not.
  int64_t failures = 0;  // At any time.
  std::string first_failure;
  int64_t repeats = 0;    // Slot::repeats of all slots.
  double p50_micros = 0;  // Of the units that were due within the window, however late they ended.
  double p99_micros = 0;
  double p999_micros = 0;
  double server_cpu_micros = 0;  // Per unit, as what follows.
  double client_cpu_micros = 0;
  double written_bytes = 0;
  double cpus_of_others = 0;  // Kept busy meanwhile by neither client nor server.

  double per_second() const { return static_cast<double>(units) / seconds; }
  // CPU cores kept busy by client and server. Below 2, something other than the CPU was waited for.
  double cores() const { return (server_cpu_micros + client_cpu_micros) * per_second() / 1e6; }
};

// `server` is the process that the connections lead to, or this one where all is done here; `connections` is null for
// work that needs none.
Measurement Measure(const LoadOptions& options, const Connections* connections, pid_t server, const Work& work);

}  // namespace zeus::bso::bench

#endif  // ZEUS_BSO_TESTS_BENCH_LOAD_H_

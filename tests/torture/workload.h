// Trainers, sessions and watchers that use a few jobs at the same time, and keep a history of it.
#ifndef ZEUS_BSO_TESTS_TORTURE_WORKLOAD_H_
#define ZEUS_BSO_TESTS_TORTURE_WORKLOAD_H_

#include <atomic>
#include <cstdint>
#include <string>
#include <thread>
#include <vector>

#include "tests/torture/history.h"

namespace zeus::bso::torture {

// The ids of the jobs. Half of them follow each policy.
std::vector<std::string> JobIds();

class Workload {
 public:
  // Begins. `history` must outlive it.
  Workload(const std::string& address, uint64_t seed, History& history);

  // Stops.
  ~Workload();

  Workload(const Workload&) = delete;
  Workload& operator=(const Workload&) = delete;

  // Returns when no call is in progress any more.
  void Stop();

 private:
  std::atomic<bool> stopped_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace zeus::bso::torture

#endif  // ZEUS_BSO_TESTS_TORTURE_WORKLOAD_H_

#include "tests/bench/machine_noise.h"

#include <sys/resource.h>

#include <algorithm>

#include "tests/bench/process_usage.h"

namespace zeus::bso::bench {
namespace {

double Seconds(const timeval& time) {
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
}

// Of this process and of the children that have ended.
double OwnSeconds() {
  double seconds = 0;
  for (const auto who : {RUSAGE_SELF, RUSAGE_CHILDREN}) {
    rusage usage{};
    getrusage(who, &usage);
    seconds += Seconds(usage.ru_utime) + Seconds(usage.ru_stime);
  }
  return seconds;
}

}  // namespace

MachineNoise::MachineNoise()
    : begin_(std::chrono::steady_clock::now()), busy_before_(MachineBusySeconds()), own_before_(OwnSeconds()) {}

double MachineNoise::CpusOfOthers() const {
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin_).count();
  return std::max(0.0, (MachineBusySeconds() - busy_before_ - (OwnSeconds() - own_before_)) / seconds);
}

}  // namespace zeus::bso::bench

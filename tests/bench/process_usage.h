// What a process has used so far, read from outside.
#ifndef ZEUS_BSO_TESTS_BENCH_PROCESS_USAGE_H_
#define ZEUS_BSO_TESTS_BENCH_PROCESS_USAGE_H_

#include <sys/types.h>

#include <cstdint>

namespace zeus::bso::bench {

struct ProcessUsage {
  double cpu_seconds = 0;    // Of all its threads, user and system.
  double written_bytes = 0;  // To the disk, in whole pages, with what runs in the background.
};

// Seconds that all CPUs together were busy so far, whoever with; in steps of 10 ms.
double MachineBusySeconds();

// All readings are 0 for a process that has gone.
ProcessUsage UsageOf(pid_t pid);

// Resident memory now, and at its highest so far, in MiB; and the part of it now that is of no file: the heap.
double ResidentMiB(pid_t pid);
double PeakResidentMiB(pid_t pid);
double ResidentHeapMiB(pid_t pid);

// Puts all threads of a process on one CPU, or on all of them again.
void PinToOneCpu(pid_t pid);
void Unpin(pid_t pid);

}  // namespace zeus::bso::bench

#endif  // ZEUS_BSO_TESTS_BENCH_PROCESS_USAGE_H_

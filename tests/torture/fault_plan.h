// What is wrong with the disk and the clock of a server, in memory that it shares with whoever torments it.
#ifndef ZEUS_BSO_TESTS_TORTURE_FAULT_PLAN_H_
#define ZEUS_BSO_TESTS_TORTURE_FAULT_PLAN_H_

#include <atomic>
#include <cstdint>

namespace zeus::bso::torture {

// Bits of FaultPlan::operations.
enum FaultyOperation : uint32_t {
  kCreate = 1,   // open with O_CREAT, mkdir, link
  kOpen = 2,     // any other open
  kRead = 4,     // pread
  kWrite = 8,    // write, pwrite, ftruncate, fallocate
  kSync = 16,    // fsync, fdatasync
  kRename = 32,  // rename
  kUnlink = 64,  // unlink
};

// Environment of a server that loads fault_shim.cc by LD_PRELOAD: the file that holds its plan.
inline constexpr char kFaultPlanVariable[] = "ZEUS_BSO_FAULT_PLAN";

// All zeros: nothing is wrong. To change it, first set `operations` to 0.
struct FaultPlan {
  std::atomic<uint32_t> operations;      // What fails.
  char directory[256];                   // Only files in it; absolute.
  char name_part[32];                    // Only files whose names have this part; empty: all.
  std::atomic<int32_t> error;            // errno of what fails; 0: it works.
  std::atomic<int64_t> delay_ms;         // Before it fails or works.
  std::atomic<int64_t> num_spared;       // So many work before the first one fails.
  std::atomic<int64_t> num_failures;     // So many fail.
  std::atomic<int64_t> num_hits;         // So many failed, or were delayed.
  std::atomic<int64_t> clock_offset_ns;  // Of the system clock.
};

}  // namespace zeus::bso::torture

#endif  // ZEUS_BSO_TESTS_TORTURE_FAULT_PLAN_H_

// What is done to servers while a workload uses them. Each scenario does one thing `count` times, on a store of its
// own.
#ifndef ZEUS_BSO_TESTS_TORTURE_SCENARIOS_H_
#define ZEUS_BSO_TESTS_TORTURE_SCENARIOS_H_

#include <cstdint>
#include <string>

#include "tests/torture/report.h"

namespace zeus::bso::torture {

// Kills a server under load or at its start, or asks it to end: nothing that was answered is lost.
void KillServers(int count, uint64_t seed, Report& report);

// Records what a server writes to a disk with this file system ("ext4", "xfs"), and starts servers on what the disk may
// hold after a loss of power: all start, and nothing that was answered is lost.
void LosePower(const std::string& file_system, int count, uint64_t seed, Report& report);

// Why LosePower cannot run here; empty: it can.
std::string WhyNoPowerLoss(const std::string& file_system);

// Lets a server's disk fail, be slow or hang, and its clock jump: nothing that was answered is lost, no server ends,
// and each works again within 10 s of the end of the fault.
void FailDisks(int count, uint64_t seed, Report& report);

// Flips bits of a file of a store, cuts it, removes it, or swaps it with another one: a server refuses the store and
// changes nothing, or reports the damage, or answers right.
void DamageFiles(int count, uint64_t seed, Report& report);

}  // namespace zeus::bso::torture

#endif  // ZEUS_BSO_TESTS_TORTURE_SCENARIOS_H_

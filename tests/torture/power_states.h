// The states that a disk may be in after losses of power.
#ifndef ZEUS_BSO_TESTS_TORTURE_POWER_STATES_H_
#define ZEUS_BSO_TESTS_TORTURE_POWER_STATES_H_

#include <cstddef>
#include <random>
#include <utility>
#include <vector>

#include "tests/torture/disk_image.h"
#include "tests/torture/recorded_disk.h"

namespace zeus::bso::torture {

class PowerStates {
 public:
  // Of a disk to which this happened, from its beginning.
  explicit PowerStates(std::vector<DiskEvent> events) : events_(std::move(events)) {}

  const std::vector<DiskEvent>& events() const { return events_; }

  // The disk after a loss of power just before event `crash`, which is not before that of the last call. Everything is
  // there that was written before the last flush. Of what was written later everything is; or, where `loses`, any part
  // of it, in pieces of 512 bytes or of 4 KiB.
  DiskImage StateBefore(size_t crash, bool loses, std::mt19937_64& random);

 private:
  const std::vector<DiskEvent> events_;
  DiskImage flushed_;       // What the last flush made safe.
  size_t num_flushed_ = 0;  // The events in it.
};

}  // namespace zeus::bso::torture

#endif  // ZEUS_BSO_TESTS_TORTURE_POWER_STATES_H_

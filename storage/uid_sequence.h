// Names for the rows of new jobs, unique within a store for ever. Thread-safe.
#ifndef ZEUS_BSO_STORAGE_UID_SEQUENCE_H_
#define ZEUS_BSO_STORAGE_UID_SEQUENCE_H_

#include <atomic>
#include <cstdint>

#include "storage/keys.h"

namespace zeus::bso::storage {

// A uid is the incarnation of the server in its upper 32 bits, a counter in its lower 32. No two servers ever have the
// same incarnation of a store (store.h), so that uids need no shared counter that every new job would fight for.
class UidSequence {
 public:
  explicit UidSequence(uint32_t incarnation) : next_(static_cast<Uid>(incarnation) << 32) {}

  Uid Next() { return next_.fetch_add(1, std::memory_order_relaxed); }

 private:
  std::atomic<Uid> next_;
};

}  // namespace zeus::bso::storage

#endif  // ZEUS_BSO_STORAGE_UID_SEQUENCE_H_

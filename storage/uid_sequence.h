// Names for the rows of new jobs, unique within a store for ever. Thread-safe.
#ifndef ZEUS_BSO_STORAGE_UID_SEQUENCE_H_
#define ZEUS_BSO_STORAGE_UID_SEQUENCE_H_

#include <atomic>
#include <cstdint>

#include "absl/random/random.h"
#include "storage/keys.h"

namespace zeus::bso::storage {

// A uid is the incarnation of the server in its upper 24 bits, a counter in its lower 40. No two servers ever have the
// same incarnation of a store (store.h), so that uids need no shared counter that every new job would fight for. The
// counter begins somewhere in its lower half, so that jobs of other stores have other uids: who watches a job that was
// moved to another server sees that its revisions are others. The rest lasts for half a year of 30,000 new jobs a
// second.
class UidSequence {
 public:
  static constexpr int kCounterBits = 40;
  static constexpr uint32_t kMaxIncarnation = (1 << 24) - 1;

  // `incarnation` is at most kMaxIncarnation.
  explicit UidSequence(uint32_t incarnation)
      : next_((static_cast<Uid>(incarnation) << kCounterBits) +
              absl::Uniform<Uid>(absl::BitGen(), 0, Uid{1} << (kCounterBits - 1))) {}

  Uid Next() { return next_.fetch_add(1, std::memory_order_relaxed); }

 private:
  std::atomic<Uid> next_;
};

}  // namespace zeus::bso::storage

#endif  // ZEUS_BSO_STORAGE_UID_SEQUENCE_H_

// Keeps all others from changing some jobs, for a session that is held open and would lose the race against them again
// and again. It is a lock of the changes of each job, which a call takes besides the job's own lock, but only while
// there are reservations. So reads go on, and so do reports that change nothing; whoever wants to change a job waits
// for the reservation to end, without holding a thread.
#ifndef ZEUS_BSO_STORAGE_RESERVATION_H_
#define ZEUS_BSO_STORAGE_RESERVATION_H_

#include <algorithm>
#include <functional>
#include <string>
#include <utility>

#include "absl/strings/string_view.h"
#include "storage/job_cache.h"
#include "storage/lease.h"

namespace zeus::bso::storage {

// Not thread-safe. Ends when it is destroyed; calls that waited for that then run on this thread. It must end before
// its store does.
class Reservation {
 public:
  // Of nothing.
  Reservation() = default;

  // Of what these locks guard, which `give_back` gives back.
  using GiveBack = std::function<void(const JobCache::Entries& locked)>;
  Reservation(JobCache::Entries locked, GiveBack give_back)
      : locked_(std::move(locked)), give_back_(std::move(give_back)) {}

  Reservation(Reservation&& other) noexcept { *this = std::move(other); }
  Reservation& operator=(Reservation&& other) noexcept {
    End();
    locked_ = std::exchange(other.locked_, {});
    give_back_ = std::exchange(other.give_back_, nullptr);
    return *this;
  }
  ~Reservation() { End(); }

  // Whether it is one of this job.
  bool Covers(absl::string_view job_id) const {
    const std::string name = LockOfChanges(job_id);
    return std::any_of(locked_.begin(), locked_.end(),
                       [&](const JobCache::Entry* entry) { return entry->name() == name; });
  }

 private:
  void End() {
    if (give_back_ != nullptr) std::exchange(give_back_, nullptr)(std::exchange(locked_, {}));
  }

  JobCache::Entries locked_;
  GiveBack give_back_;
};

}  // namespace zeus::bso::storage

#endif  // ZEUS_BSO_STORAGE_RESERVATION_H_

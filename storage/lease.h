// The locks that one run of a body holds.
#ifndef ZEUS_BSO_STORAGE_LEASE_H_
#define ZEUS_BSO_STORAGE_LEASE_H_

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"
#include "storage/job_cache.h"

namespace zeus::bso::storage {

// Not thread-safe.
class Lease {
 public:
  // `locked` are entries of `cache` that are locked for this call already.
  Lease(JobCache& cache, JobCache::Entries locked) : cache_(cache), locked_(std::move(locked)) {}

  Lease(const Lease&) = delete;
  Lease& operator=(const Lease&) = delete;

  // The entry of `name`, locked; null if another call holds it: the body must then stop, and run again (must_wait).
  JobCache::Entry* Lock(absl::string_view name);

  // Whether a lock is missing.
  bool must_wait() const { return !missing_.empty(); }

  // The names of all locks that the body has asked for, ascending.
  std::vector<std::string> Names() const;

  JobCache& cache() { return cache_; }
  const JobCache::Entries& locked() const { return locked_; }

 private:
  JobCache& cache_;
  JobCache::Entries locked_;
  std::string missing_;
};

// The name of the lock of a job, of its changes (reservation.h), or of a request_id.
std::string LockOfJob(absl::string_view job_id);
std::string LockOfChanges(absl::string_view job_id);
std::string LockOfRequest(absl::string_view request_id);

}  // namespace zeus::bso::storage

#endif  // ZEUS_BSO_STORAGE_LEASE_H_

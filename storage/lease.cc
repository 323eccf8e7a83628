#include "storage/lease.h"

#include <algorithm>

#include "absl/strings/str_cat.h"

namespace zeus::bso::storage {

JobCache::Entry* Lease::Lock(absl::string_view name) {
  const auto held =
      std::find_if(locked_.begin(), locked_.end(), [&](const JobCache::Entry* entry) { return entry->name() == name; });
  if (held != locked_.end()) return *held;
  if (must_wait()) return nullptr;
  JobCache::Entry* const entry = cache_.TryLock(name);
  if (entry != nullptr) {
    locked_.push_back(entry);
  } else {
    missing_ = std::string(name);
  }
  return entry;
}

std::vector<std::string> Lease::Names() const {
  std::vector<std::string> names;
  for (const JobCache::Entry* entry : locked_) names.push_back(entry->name());
  if (must_wait()) names.push_back(missing_);
  std::sort(names.begin(), names.end());
  return names;
}

std::string LockOfJob(absl::string_view job_id) { return absl::StrCat("j", job_id); }

std::string LockOfChanges(absl::string_view job_id) { return absl::StrCat("c", job_id); }

std::string LockOfRequest(absl::string_view request_id) { return absl::StrCat("r", request_id); }

}  // namespace zeus::bso::storage

#include "storage/job_cache.h"

#include <algorithm>
#include <utility>

namespace zeus::bso::storage {
namespace {

// Of an entry besides its job: names, places in lists, what the allocator adds.
constexpr size_t kOverhead = 512;

}  // namespace

JobCache::Entry* JobCache::TryLock(absl::string_view name) {
  absl::MutexLock lock(&mutex_);
  return TryLockLocked(name);
}

JobCache::Entry* JobCache::TryLockLocked(absl::string_view name) {
  const auto found = entries_.find(name);
  if (found == entries_.end()) {
    auto entry = std::unique_ptr<Entry>(new Entry(name));
    Entry* const added = entry.get();
    entries_.emplace(added->name(), std::move(entry));
    return added;
  }
  Entry& entry = *found->second;
  if (entry.is_locked_) return nullptr;
  entry.is_locked_ = true;
  if (entry.unused_.has_value()) {
    unused_.erase(*entry.unused_);
    entry.unused_.reset();
    unused_bytes_ -= entry.bytes_;
  }
  return &entry;
}

std::optional<JobCache::Ready> JobCache::Lock(std::vector<std::string> names, UnderLocks run) {
  auto waiter = std::make_unique<Entry::Waiter>(Entry::Waiter{.names = std::move(names), .run = std::move(run)});
  absl::MutexLock lock(&mutex_);
  if (!Take(waiter)) return std::nullopt;
  return Ready{.locked = std::move(waiter->locked), .run = std::move(waiter->run)};
}

// Locks what the waiter still lacks, or leaves it in the queue of the first that is held; false in that case.
bool JobCache::Take(std::unique_ptr<Entry::Waiter>& waiter) {
  while (waiter->locked.size() < waiter->names.size()) {
    const std::string& name = waiter->names[waiter->locked.size()];
    Entry* const entry = TryLockLocked(name);
    if (entry == nullptr) {
      entries_.find(name)->second->waiters_.push_back(std::move(waiter));
      return false;
    }
    waiter->locked.push_back(entry);
  }
  return true;
}

std::vector<JobCache::Ready> JobCache::Unlock(std::span<Entry* const> entries) {
  std::vector<Ready> ready;
  std::vector<std::unique_ptr<Entry>> evicted;  // Destroyed without the mutex.
  std::vector<std::optional<LoadedJob>> stale;
  for (Entry* const entry : entries) {
    // That there is no job is not worth the memory: names of such jobs are without end.
    if (entry->job.has_value() && !entry->job->exists()) entry->job.reset();
    entry->bytes_ = entry->job.has_value() ? kOverhead + entry->job->EstimateBytes() : 0;
  }
  absl::MutexLock lock(&mutex_);
  for (Entry* const entry : entries) {
    if (std::exchange(entry->is_stale_, false)) stale.push_back(std::exchange(entry->job, std::nullopt));
    if (entry->waiters_.empty()) {
      entry->is_locked_ = false;
      Settle(*entry, evicted);
      continue;
    }
    // The first that waits gets the lock.
    std::unique_ptr<Entry::Waiter> next = std::move(entry->waiters_.front());
    entry->waiters_.pop_front();
    next->locked.push_back(entry);
    if (Take(next)) ready.push_back({.locked = std::move(next->locked), .run = std::move(next->run)});
  }
  return ready;
}

void JobCache::Settle(Entry& entry, std::vector<std::unique_ptr<Entry>>& evicted) {
  if (entry.is_locked_ || !entry.queued_.empty()) return;
  if (!entry.job.has_value()) {
    evicted.push_back(Remove(entry));
    return;
  }
  entry.unused_ = unused_.insert(unused_.end(), &entry);
  unused_bytes_ += entry.bytes_;
  while (unused_bytes_ > max_bytes_) {
    Entry& oldest = *unused_.front();
    unused_.pop_front();
    unused_bytes_ -= oldest.bytes_;
    evicted.push_back(Remove(oldest));
  }
}

std::unique_ptr<JobCache::Entry> JobCache::Remove(Entry& entry) {
  const auto found = entries_.find(entry.name());
  std::unique_ptr<Entry> removed = std::move(found->second);
  entries_.erase(found);
  return removed;
}

QueuedBatches JobCache::QueuedOf(const Entry& entry) const {
  absl::MutexLock lock(&mutex_);
  return entry.queued_;
}

bool JobCache::HasQueued(std::span<Entry* const> entries) const {
  absl::MutexLock lock(&mutex_);
  return std::any_of(entries.begin(), entries.end(), [](const Entry* entry) { return !entry->queued_.empty(); });
}

void JobCache::DropStale(std::span<Entry* const> entries) {
  absl::MutexLock lock(&mutex_);
  for (Entry* const entry : entries) {
    if (std::exchange(entry->is_stale_, false)) entry->job.reset();
  }
}

void JobCache::AddQueued(std::span<Entry* const> entries, const std::shared_ptr<const WriteBatch>& batch) {
  absl::MutexLock lock(&mutex_);
  for (Entry* const entry : entries) entry->queued_.push_back(batch);
}

void JobCache::RemoveQueued(std::span<Entry* const> entries, const WriteBatch& batch) {
  std::vector<std::unique_ptr<Entry>> evicted;
  absl::MutexLock lock(&mutex_);
  for (Entry* const entry : entries) {
    std::erase_if(entry->queued_, [&](const auto& queued) { return queued.get() == &batch; });
    Settle(*entry, evicted);
  }
}

void JobCache::Clear() {
  std::vector<std::unique_ptr<Entry>> removed;
  absl::MutexLock lock(&mutex_);
  unused_.clear();
  unused_bytes_ = 0;
  absl::flat_hash_map<absl::string_view, std::unique_ptr<Entry>> locked;
  for (auto& [name, entry] : entries_) {
    entry->queued_.clear();
    entry->unused_.reset();
    if (entry->is_locked_) {
      entry->is_stale_ = true;
      locked.emplace(name, std::move(entry));
    } else {
      removed.push_back(std::move(entry));
    }
  }
  entries_ = std::move(locked);
}

JobCacheStats JobCache::stats() const {
  absl::MutexLock lock(&mutex_);
  return {.num_hits = num_hits_.load(std::memory_order_relaxed),
          .num_misses = num_misses_.load(std::memory_order_relaxed),
          .num_bytes = static_cast<int64_t>(unused_bytes_)};
}

}  // namespace zeus::bso::storage

#include "server/policy/curves/belief_cache.h"

#include <utility>

namespace zeus::bso::curves {
namespace {

// Two n x n matrices, and the state.
size_t BytesOf(size_t num_sizes) {
  constexpr size_t kBytesPerSize = 256;
  return 2 * num_sizes * num_sizes * sizeof(double) + kBytesPerSize * (num_sizes + 4);
}

State WithoutPending(const State& state) {
  State copy = state;
  for (SizeState& size : copy.sizes) size.pending = 0;
  return copy;
}

}  // namespace

std::shared_ptr<const Beliefs> BeliefCache::FitCached(absl::string_view name, const State& state) {
  State key = WithoutPending(state);
  {
    absl::MutexLock lock(&mutex_);
    if (const auto found = by_name_.find(name); found != by_name_.end() && found->second->state == key) {
      entries_.splice(entries_.begin(), entries_, found->second);
      return found->second->beliefs;
    }
  }
  auto beliefs = std::make_shared<const Beliefs>(Fit(state));
  absl::MutexLock lock(&mutex_);
  Keep(name, {.name = std::string(name), .state = std::move(key), .beliefs = beliefs});
  return beliefs;
}

void BeliefCache::Keep(absl::string_view name, Entry entry) {
  bytes_ += BytesOf(entry.state.sizes.size());
  if (const auto found = by_name_.find(name); found != by_name_.end()) {
    bytes_ -= BytesOf(found->second->state.sizes.size());
    entries_.erase(found->second);
    by_name_.erase(found);
  }
  entries_.push_front(std::move(entry));
  by_name_[entries_.front().name] = entries_.begin();
  Evict();
}

void BeliefCache::Evict() {
  while (bytes_ > capacity_bytes_ && entries_.size() > 1) {
    bytes_ -= BytesOf(entries_.back().state.sizes.size());
    by_name_.erase(entries_.back().name);
    entries_.pop_back();
  }
}

}  // namespace zeus::bso::curves

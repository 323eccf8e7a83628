#include "storage/rocksdb/row_cache.h"

#include <algorithm>
#include <utility>

#include "absl/hash/hash.h"
#include "rocksdb/cache.h"
#include "storage/rocksdb/row_head.h"
#include "storage/rocksdb/row_set.h"
#include "storage/rocksdb/slice.h"

namespace zeus::bso::storage {
namespace {

// Greater values are read from RocksDB each time: keeping one would cost as much as it saves.
constexpr size_t kMaxValueBytes = 64 << 10;

void DeleteValue(const rocksdb::Slice&, void* value) { delete static_cast<std::string*>(value); }

}  // namespace

RowCache::RowCache(size_t bytes)
    : clocks_(std::make_unique<std::array<Clock, kClocks>>()), values_(rocksdb::NewLRUCache(bytes)) {}

RowCache::~RowCache() = default;

size_t RowCache::ClockOf(absl::string_view key) { return absl::HashOf(key) % kClocks; }

std::optional<RowCache::Kept> RowCache::Find(absl::string_view key, uint64_t position) const {
  const size_t index = ClockOf(key);
  const Clock& clock = (*clocks_)[index];
  absl::MutexLock lock(&clock.mutex);
  if (clock.under_way > 0 || clock.position > position) return std::nullopt;
  const Stamp stamp{index, clock.ticks};
  std::optional<Kept> kept;
  Lookup(key, [&](absl::string_view value) { kept = {std::string(value), stamp}; });
  return kept;
}

bool RowCache::Holds(const Stamp& stamp) const {
  const Clock& clock = (*clocks_)[stamp.clock];
  absl::MutexLock lock(&clock.mutex);
  return clock.ticks == stamp.ticks;
}

bool RowCache::IsUnchangedSince(absl::string_view key, uint64_t position) const {
  const Clock& clock = (*clocks_)[ClockOf(key)];
  absl::MutexLock lock(&clock.mutex);
  return clock.under_way == 0 && clock.position <= position;
}

void RowCache::Keep(absl::string_view key, std::string value, uint64_t position) {
  const Clock& clock = (*clocks_)[ClockOf(key)];
  absl::MutexLock lock(&clock.mutex);
  if (clock.under_way == 0 && clock.position <= position) Insert(key, std::move(value));
}

void RowCache::BeginCommit(std::vector<Change>& changes) {
  for (Change& change : changes) {
    Clock& clock = (*clocks_)[ClockOf(change.key)];
    absl::MutexLock lock(&clock.mutex);
    ++clock.ticks;
    change.ticks = clock.under_way == 0 ? clock.ticks : 0;
    ++clock.under_way;
  }
}

void RowCache::EndCommit(std::vector<Change>& changes, Outcome outcome, uint64_t position) {
  for (Change& change : changes) {
    Clock& clock = (*clocks_)[ClockOf(change.key)];
    absl::MutexLock lock(&clock.mutex);
    --clock.under_way;
    if (outcome == Outcome::kNothingWritten) continue;
    // Of two that were under way at the same time, it is not known which came later.
    if (outcome == Outcome::kCommitted && change.ticks == clock.ticks) {
      Apply(change);
    } else {
      Erase(change.key);
    }
    clock.position = std::max(clock.position, position);
  }
}

void RowCache::Apply(Change& change) {
  if (change.row.empty()) {
    if (change.value.has_value()) return Insert(change.key, *std::move(change.value));
    return Erase(change.key);
  }
  std::optional<std::string> changed;
  Lookup(change.key, [&](absl::string_view set) {
    changed = change.in_head ? HeadWithRow(set, change.row, change.value) : WithRow(set, change.row, change.value);
  });
  if (changed.has_value()) Insert(change.key, *std::move(changed));
}

void RowCache::Lookup(absl::string_view key, absl::FunctionRef<void(absl::string_view value)> take) const {
  rocksdb::Cache::Handle* const handle = values_->Lookup(ToSlice(key));
  if (handle == nullptr) return;
  take(*static_cast<const std::string*>(values_->Value(handle)));
  values_->Release(handle);
}

void RowCache::Insert(absl::string_view key, std::string value) {
  if (value.size() > kMaxValueBytes) return Erase(key);
  auto kept = std::make_unique<std::string>(std::move(value));
  const size_t charge = sizeof(std::string) + kept->capacity();
  // Without a handle to pin it, a value that finds no room is dropped, and the insert succeeds all the same.
  values_->Insert(ToSlice(key), kept.release(), charge, &DeleteValue).PermitUncheckedError();
}

void RowCache::Erase(absl::string_view key) { values_->Erase(ToSlice(key)); }

}  // namespace zeus::bso::storage

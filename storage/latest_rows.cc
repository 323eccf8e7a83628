#include "storage/latest_rows.h"

#include <map>

#include "model/status_macros.h"
#include "storage/keys.h"

namespace zeus::bso::storage {

const LatestRows::Base& LatestRows::base() const {
  if (!base_.has_value()) base_ = find_base_();
  return *base_;
}

void LatestRows::ForEachBatch(absl::FunctionRef<void(const WriteBatch&)> use) const {
  for (const auto& batch : base().queued) use(*batch);
  use(*own_);
}

absl::StatusOr<std::optional<std::string>> LatestRows::Get(Table table, absl::string_view key) const {
  const RowWrite* last = nullptr;
  ForEachBatch([&](const WriteBatch& batch) {
    for (const RowWrite& write : batch.writes()) {
      if (write.table == table && write.key == key) last = &write;
    }
  });
  if (last != nullptr) return last->value;
  return base().snapshot->Get(table, key);
}

absl::Status LatestRows::Scan(Table table, absl::string_view begin, absl::string_view end, Visitor visit) const {
  std::map<absl::string_view, const RowWrite*> changed;
  ForEachBatch([&](const WriteBatch& batch) {
    for (const RowWrite& write : batch.writes()) {
      if (write.table == table && write.key >= begin && (end.empty() || write.key < end)) changed[write.key] = &write;
    }
  });
  absl::Status status;
  bool goes_on = true;
  const auto pass_on = [&](absl::string_view key, absl::string_view value) {
    const absl::StatusOr<bool> more = visit(key, value);
    status.Update(more.status());
    goes_on = more.ok() && *more;
    return goes_on;
  };
  auto next = changed.begin();
  // Visits the changed rows before `key`; all of them for a null `key`.
  const auto pass_changed = [&](const absl::string_view* key) {
    for (; goes_on && next != changed.end() && (key == nullptr || next->first < *key); ++next) {
      if (next->second->value.has_value()) pass_on(next->first, *next->second->value);
    }
    return goes_on;
  };
  ZB_RETURN_IF_ERROR(base().snapshot->Scan(table, begin, end, [&](absl::string_view key, absl::string_view value) {
    if (!pass_changed(&key)) return false;
    if (next == changed.end() || next->first != key) return pass_on(key, value);
    const RowWrite& write = *(next++)->second;
    return !write.value.has_value() || pass_on(key, *write.value);
  }));
  pass_changed(nullptr);
  return status;
}

absl::Status LatestRows::ScanPrefix(Table table, absl::string_view prefix, Visitor visit) const {
  return Scan(table, prefix, PrefixEnd(prefix), visit);
}

}  // namespace zeus::bso::storage

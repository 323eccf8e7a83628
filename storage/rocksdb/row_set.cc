#include "storage/rocksdb/row_set.h"

#include <cstdint>
#include <cstring>

namespace zeus::bso::storage {
namespace {

void AppendBytes(std::string& set, absl::string_view bytes) {
  const auto size = static_cast<uint32_t>(bytes.size());
  char encoded[sizeof(size)];
  std::memcpy(encoded, &size, sizeof(size));
  set.append(encoded, sizeof(size));
  set.append(bytes.data(), bytes.size());
}

// Takes what AppendBytes appended off the front of `set`.
absl::string_view TakeBytes(absl::string_view& set) {
  uint32_t size = 0;
  std::memcpy(&size, set.data(), sizeof(size));
  const absl::string_view bytes = set.substr(sizeof(size), size);
  set.remove_prefix(sizeof(size) + size);
  return bytes;
}

}  // namespace

void AppendRow(std::string& set, absl::string_view key, absl::string_view value) {
  AppendBytes(set, key);
  AppendBytes(set, value);
}

void VisitRows(absl::string_view set, RowVisitor visit) {
  while (!set.empty()) {
    const absl::string_view key = TakeBytes(set);
    const absl::string_view value = TakeBytes(set);
    if (!visit(key, value)) return;
  }
}

std::optional<std::string> FindRow(absl::string_view set, absl::string_view key) {
  std::optional<std::string> found;
  VisitRows(set, [&](absl::string_view row_key, absl::string_view value) {
    if (row_key == key) found.emplace(value);
    return row_key < key;
  });
  return found;
}

std::string WithRow(absl::string_view set, absl::string_view key, const std::optional<std::string>& value) {
  absl::string_view before = set.substr(0, 0);  // The rows before that row, and after it.
  absl::string_view after = set;
  VisitRows(set, [&](absl::string_view row_key, absl::string_view row_value) {
    if (row_key > key) return false;
    const auto row_end = static_cast<size_t>(row_value.data() + row_value.size() - set.data());
    after = set.substr(row_end);
    if (row_key < key) before = set.substr(0, row_end);
    return row_key < key;
  });
  std::string result;
  result.reserve(set.size() + key.size() + (value.has_value() ? value->size() : 0) + 2 * sizeof(uint32_t));
  result.append(before.data(), before.size());
  if (value.has_value()) AppendRow(result, key, *value);
  result.append(after.data(), after.size());
  return result;
}

size_t BytesOfFirstRows(absl::string_view set, size_t num_rows) {
  absl::string_view rest = set;
  for (size_t i = 0; i < num_rows && !rest.empty(); ++i) {
    TakeBytes(rest);
    TakeBytes(rest);
  }
  return set.size() - rest.size();
}

}  // namespace zeus::bso::storage

// The first rows of one table that belong to one batch size, in one string: how the row cache keeps what is read from
// the front. A head is a row set (row_set.h) of at most kMaxHeadRows, the last of which may be a mark that says that no
// further row follows.
#ifndef ZEUS_BSO_STORAGE_ROCKSDB_ROW_HEAD_H_
#define ZEUS_BSO_STORAGE_ROCKSDB_ROW_HEAD_H_

#include <cstddef>
#include <optional>
#include <string>

#include "absl/strings/string_view.h"
#include "storage/engine.h"

namespace zeus::bso::storage {

// Bounds what a commit copies. Windows that are longer are read from RocksDB from there on.
inline constexpr size_t kMaxHeadRows = 64;

// Adds the row that follows those of `head`, as long as there is room. An empty string is a head that knows of no row.
void AppendToHead(std::string& head, absl::string_view key, absl::string_view value);

// Says that no row follows, as long as there is room.
void AppendEndToHead(std::string& head);

// Visits the rows, keys ascending, until `visit` answers false. Answers the least key that a further row may have;
// nothing when none follows or `visit` wanted no more. `prefix`: what all the keys begin with.
std::optional<std::string> VisitHead(absl::string_view head, absl::string_view prefix, RowVisitor visit);

// The head with that row put in or replaced; with no value, without that row. What then has no room is left out, from
// the end; a head whose end is not known takes in no row that may lie behind it, so gets no longer.
std::string HeadWithRow(absl::string_view head, absl::string_view key, const std::optional<std::string>& value);

}  // namespace zeus::bso::storage

#endif  // ZEUS_BSO_STORAGE_ROCKSDB_ROW_HEAD_H_

// All rows of one table that belong to one job, in one string: how the row cache keeps what is read by a scan.
#ifndef ZEUS_BSO_STORAGE_ROCKSDB_ROW_SET_H_
#define ZEUS_BSO_STORAGE_ROCKSDB_ROW_SET_H_

#include <cstddef>
#include <optional>
#include <string>

#include "absl/strings/string_view.h"
#include "storage/engine.h"

namespace zeus::bso::storage {

// Adds a row whose key is greater than all before it. An empty string is a set without rows.
void AppendRow(std::string& set, absl::string_view key, absl::string_view value);

// Visits the rows, keys ascending, until `visit` answers false.
void VisitRows(absl::string_view set, RowVisitor visit);

// The value of a row, or nothing.
std::optional<std::string> FindRow(absl::string_view set, absl::string_view key);

// The set with that row put in or replaced; with no value, without that row.
std::string WithRow(absl::string_view set, absl::string_view key, const std::optional<std::string>& value);

// How many bytes the first `num_rows` rows take, or all where there are fewer.
size_t BytesOfFirstRows(absl::string_view set, size_t num_rows);

}  // namespace zeus::bso::storage

#endif  // ZEUS_BSO_STORAGE_ROCKSDB_ROW_SET_H_

// Reads and writes single rows of an engine.
#ifndef ZEUS_BSO_TESTS_SUPPORT_ENGINE_ROWS_H_
#define ZEUS_BSO_TESTS_SUPPORT_ENGINE_ROWS_H_

#include <map>
#include <optional>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "storage/engine.h"
#include "tests/support/status_matchers.h"

namespace zeus::bso::testing {

inline absl::Status Write(storage::Engine& engine, const storage::WriteBatch& batch, bool sync = true) {
  const storage::WriteBatch* const batches[] = {&batch};
  return engine.Write(batches, sync);
}

inline absl::Status PutRow(storage::Engine& engine, storage::Table table, absl::string_view key,
                           absl::string_view value, bool sync = true) {
  storage::WriteBatch batch;
  batch.Put(table, std::string(key), std::string(value));
  return Write(engine, batch, sync);
}

inline absl::Status DeleteRow(storage::Engine& engine, storage::Table table, absl::string_view key) {
  storage::WriteBatch batch;
  batch.Delete(table, std::string(key));
  return Write(engine, batch);
}

inline std::optional<std::string> GetRow(storage::Engine& engine, storage::Table table, absl::string_view key) {
  return Value(engine.TakeSnapshot()->Get(table, key));
}

// All rows of a table.
inline std::map<std::string, std::string> RowsOf(storage::Engine& engine, storage::Table table) {
  std::map<std::string, std::string> rows;
  REQUIRE_THAT(engine.TakeSnapshot()->Scan(table, "", "",
                                           [&](absl::string_view key, absl::string_view value) {
                                             rows.emplace(key, value);
                                             return true;
                                           }),
               IsOk());
  return rows;
}

}  // namespace zeus::bso::testing

#endif  // ZEUS_BSO_TESTS_SUPPORT_ENGINE_ROWS_H_

// The version of what is stored: tables, keys and records together.
#ifndef ZEUS_BSO_STORAGE_SCHEMA_H_
#define ZEUS_BSO_STORAGE_SCHEMA_H_

#include <cstdint>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace zeus::bso::storage {

// Rows of the meta table; their values are decimal numbers.
inline constexpr absl::string_view kSchemaVersionKey = "schema_version";
inline constexpr absl::string_view kIncarnationKey = "incarnation";
// Two numbers with a space between them (JobCount). Any other value is ignored.
inline constexpr absl::string_view kJobCountKey = "job_count";

// The store's clock (serving_clock.h), in microseconds, as it was written last. A store of schema 5 or earlier has
// none.
inline constexpr absl::string_view kServingTimeKey = "serving_time";

// What this server writes. Raised by each change that an older server would misread.
inline constexpr int kSchemaVersion = 7;

// Whether this server can work on a store with this value of the schema_version row. STORE_REFUSED: it is newer, or no
// version at all.
absl::Status CheckSchemaVersion(absl::string_view value);

// The incarnation (storage/uid_sequence.h) that follows this value of the incarnation row. STORAGE_CORRUPTED: it is no
// number. STORE_REFUSED: it is the last one.
absl::StatusOr<uint32_t> NextIncarnation(absl::string_view value);

// How many jobs the store has, as the server of this incarnation has written it. Servers of schema 5 and earlier wrote
// it at their end only, so that a count of an incarnation before the last one is out of date.
struct JobCount {
  uint32_t incarnation = 0;
  int64_t num_jobs = 0;
};
std::string EncodeJobCount(const JobCount& count);
std::optional<JobCount> DecodeJobCount(absl::string_view value);

std::string EncodeServingTime(absl::Time time);
// STORAGE_CORRUPTED: it is no number, or no time.
absl::StatusOr<absl::Time> DecodeServingTime(absl::string_view value);

// Checks a row of the meta table. Errors as above.
absl::Status CheckMetaRow(absl::string_view key, absl::string_view value);

}  // namespace zeus::bso::storage

#endif  // ZEUS_BSO_STORAGE_SCHEMA_H_

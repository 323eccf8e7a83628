// Keys of the tables, encoded so that their bytewise order is the order of what they name.
//
//   table         key                                  order within a job
//   meta          the names in storage/schema.h
//   jobs          job_id
//   trials        uid trial_number                     trial number ascending
//   explorations  uid batch_size trial_number          batch size, then trial number ascending
//   results       uid batch_size ~trial_number         batch size ascending, then trial number descending
//   cost_moments  uid batch_size                       batch size ascending
//   arms          uid batch_size                       batch size ascending
//   curves_sizes  uid batch_size                       batch size ascending
//   collected_sizes  uid batch_size                    batch size ascending
//   summaries     uid
//   curves_bases  uid
//   clients       uid client_id
//   garbage       uid
//   answers       request_id
//   due           time ( uid trial_number | uid zero | request_id )
//
//   job_id        := the bytes of the name, as they are
//   uid, batch_size, trial_number := 8 bytes, unsigned, most significant first
//   ~trial_number := the complement of trial_number, likewise
//   client_id     := the bytes of the name, as they are
//   zero          := 8 bytes of 0
//   request_id    := the 16 bytes of a UUID
//   time          := microseconds since the Unix epoch, likewise; 0 for times before
//
// Batch sizes and trial numbers are positive.
#ifndef ZEUS_BSO_STORAGE_KEYS_H_
#define ZEUS_BSO_STORAGE_KEYS_H_

#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace zeus::bso::storage {

// Names a job's rows in all tables but jobs; never used twice in a store.
using Uid = uint64_t;

// Key of the garbage table, and what all rows of a job begin with: kUidBytes.
inline constexpr size_t kUidBytes = 8;
std::string UidKey(Uid uid);

// Of the batch size in a key, where there is one: it follows the uid.
inline constexpr size_t kBatchSizeBytes = 8;

std::string TrialRowKey(Uid uid, int64_t trial_number);
std::string ExplorationRowKey(Uid uid, int64_t batch_size, int64_t trial_number);
std::string ResultRowKey(Uid uid, int64_t batch_size, int64_t trial_number);
// What the keys of all results of one batch size begin with.
std::string ResultRowPrefix(Uid uid, int64_t batch_size);
std::string CostMomentsRowKey(Uid uid, int64_t batch_size);
std::string ArmRowKey(Uid uid, int64_t batch_size);
std::string CurvesSizeRowKey(Uid uid, int64_t batch_size);
std::string CollectedSizeRowKey(Uid uid, int64_t batch_size);
std::string ClientRowKey(Uid uid, absl::string_view client_id);
// `id` has 16 bytes: a key of trials or of answers, or a RelearningKey.
std::string DueRowKey(absl::Time time, absl::string_view id);
std::string RelearningKey(Uid uid);

inline constexpr size_t kRequestIdBytes = 16;

// The least key greater than `key`; empty, meaning "from the front", for an empty one.
std::string KeyAfter(absl::string_view key);

// The least key greater than every key that begins with `prefix`; empty, meaning "to the end", when there is none.
std::string PrefixEnd(absl::string_view prefix);

// What a key says, read back. STORAGE_CORRUPTED when it has another length than its table's keys have, or a batch size
// or trial number that is not positive.
absl::StatusOr<Uid> ParseUidKey(absl::string_view key);
struct UidAndNumber {
  Uid uid;
  int64_t trial_number;
};
absl::StatusOr<UidAndNumber> ParseTrialRowKey(absl::string_view key);
struct SizeAndNumber {
  int64_t batch_size;
  int64_t trial_number;
};
absl::StatusOr<SizeAndNumber> ParseExplorationRowKey(absl::string_view key);
absl::StatusOr<SizeAndNumber> ParseResultRowKey(absl::string_view key);
absl::StatusOr<int64_t> BatchSizeOfArmRow(absl::string_view key);
absl::StatusOr<int64_t> BatchSizeOfCurvesSizeRow(absl::string_view key);
absl::StatusOr<int64_t> BatchSizeOfCollectedSizeRow(absl::string_view key);
struct TimeAndId {
  absl::Time time;
  std::string id;
};
absl::StatusOr<TimeAndId> ParseDueRowKey(absl::string_view key);
absl::StatusOr<Uid> ParseRelearningKey(absl::string_view id);

}  // namespace zeus::bso::storage

#endif  // ZEUS_BSO_STORAGE_KEYS_H_

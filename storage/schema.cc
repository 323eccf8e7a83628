#include "storage/schema.h"

#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "model/error.h"
#include "storage/record_parsing.h"
#include "storage/uid_sequence.h"

namespace zeus::bso::storage {

absl::Status CheckSchemaVersion(absl::string_view value) {
  int version = 0;
  if (!absl::SimpleAtoi(value, &version) || version < 1) {
    return MakeError(Reason::kStoreRefused,
                     absl::StrCat("the schema version of the store is damaged: '", absl::CHexEscape(value), "'"));
  }
  if (version > kSchemaVersion) {
    return MakeError(Reason::kStoreRefused,
                     absl::StrCat("the store has schema version ", version, ", this server knows up to ",
                                  kSchemaVersion, ": use a newer server"));
  }
  return absl::OkStatus();
}

absl::StatusOr<uint32_t> NextIncarnation(absl::string_view value) {
  uint32_t incarnation = 0;
  if (!absl::SimpleAtoi(value, &incarnation)) {
    return MakeError(Reason::kStorageCorrupted,
                     absl::StrCat("the incarnation of the store cannot be read: '", absl::CHexEscape(value), "'"));
  }
  if (incarnation >= UidSequence::kMaxIncarnation) {
    return MakeError(Reason::kStoreRefused, "the store was opened 2^24 times: there are no uids left");
  }
  return incarnation + 1;
}

std::string EncodeJobCount(const JobCount& count) { return absl::StrCat(count.incarnation, " ", count.num_jobs); }

std::optional<JobCount> DecodeJobCount(absl::string_view value) {
  const std::pair<absl::string_view, absl::string_view> parts = absl::StrSplit(value, absl::MaxSplits(' ', 1));
  JobCount count;
  const bool is_valid = absl::SimpleAtoi(parts.first, &count.incarnation) &&
                        absl::SimpleAtoi(parts.second, &count.num_jobs) && count.num_jobs >= 0;
  return is_valid ? std::optional(count) : std::nullopt;
}

std::string EncodeServingTime(absl::Time time) { return absl::StrCat(absl::ToUnixMicros(time)); }

absl::StatusOr<absl::Time> DecodeServingTime(absl::string_view value) {
  int64_t micros = 0;
  if (!absl::SimpleAtoi(value, &micros)) return Corrupted("clock");
  return TimeFromRecord(micros);
}

absl::Status CheckMetaRow(absl::string_view key, absl::string_view value) {
  if (key == kSchemaVersionKey) return CheckSchemaVersion(value);
  if (key == kIncarnationKey) return NextIncarnation(value).status();
  if (key == kServingTimeKey) return DecodeServingTime(value).status();
  return absl::OkStatus();
}

}  // namespace zeus::bso::storage

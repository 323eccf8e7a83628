// What reading any record takes: bytes as a message, and checks of what many records have.
#ifndef ZEUS_BSO_STORAGE_RECORD_PARSING_H_
#define ZEUS_BSO_STORAGE_RECORD_PARSING_H_

#include <cstdint>
#include <limits>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "model/error.h"

namespace zeus::bso::storage {

inline absl::Status Corrupted(absl::string_view what) {
  return MakeError(Reason::kStorageCorrupted, absl::StrCat("a stored ", what, " cannot be read"));
}

template <typename Record>
absl::StatusOr<Record> Parse(absl::string_view value, absl::string_view what) {
  Record record;
  if (!record.ParseFromArray(value.data(), static_cast<int>(value.size()))) return Corrupted(what);
  return record;
}

// Of a number that counts up from 0, and has still room for one more.
inline absl::Status CheckCounter(int64_t counter, absl::string_view what) {
  return counter >= 0 && counter < std::numeric_limits<int64_t>::max() ? absl::OkStatus() : Corrupted(what);
}

// Of at most 10,000 years: what a google.protobuf.Duration can tell.
inline absl::Status CheckDuration(int64_t micros, absl::string_view what) {
  constexpr int64_t kMaxMicros = 315'576'000'000 * 1'000'000;
  return micros >= 0 && micros <= kMaxMicros ? absl::OkStatus() : Corrupted(what);
}

// From the year 1 to 9999: what a google.protobuf.Timestamp can tell.
inline absl::StatusOr<absl::Time> TimeFromRecord(int64_t micros) {
  constexpr int64_t kMicrosPerSecond = 1'000'000;
  constexpr int64_t kFirst = -62'135'596'800 * kMicrosPerSecond;
  constexpr int64_t kEnd = 253'402'300'800 * kMicrosPerSecond;
  if (micros < kFirst || micros >= kEnd) return Corrupted("time");
  return absl::FromUnixMicros(micros);
}

}  // namespace zeus::bso::storage

#endif  // ZEUS_BSO_STORAGE_RECORD_PARSING_H_

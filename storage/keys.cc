#include "storage/keys.h"

#include <algorithm>
#include <cstddef>
#include <initializer_list>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "model/error.h"
#include "model/status_macros.h"

namespace zeus::bso::storage {
namespace {

constexpr size_t kWordBytes = 8;

std::string Encode(std::initializer_list<uint64_t> words) {
  std::string key;
  key.reserve(words.size() * kWordBytes);
  for (const uint64_t word : words) {
    for (int shift = 56; shift >= 0; shift -= 8) key.push_back(static_cast<char>(word >> shift));
  }
  return key;
}

// The words of a key that must have `count` of them; written to `words`.
absl::Status Decode(absl::string_view key, size_t count, uint64_t* words) {
  if (key.size() != count * kWordBytes) {
    return MakeError(Reason::kStorageCorrupted,
                     absl::StrCat("a key of ", key.size(), " bytes where ", count * kWordBytes, " were expected: 0x",
                                  absl::BytesToHexString(key)));
  }
  for (size_t i = 0; i < count; ++i) {
    uint64_t word = 0;
    for (const char byte : key.substr(i * kWordBytes, kWordBytes)) word = word << 8 | static_cast<unsigned char>(byte);
    words[i] = word;
  }
  return absl::OkStatus();
}

absl::StatusOr<int64_t> ToPositive(uint64_t word) {
  if (const auto number = static_cast<int64_t>(word); number > 0) return number;
  return MakeError(Reason::kStorageCorrupted,
                   absl::StrCat("a key with ", word, " where a number that is positive belongs"));
}

absl::StatusOr<SizeAndNumber> ToSizeAndNumber(uint64_t batch_size, uint64_t trial_number) {
  SizeAndNumber names{};
  ZB_ASSIGN_OR_RETURN(names.batch_size, ToPositive(batch_size));
  ZB_ASSIGN_OR_RETURN(names.trial_number, ToPositive(trial_number));
  return names;
}

}  // namespace

std::string UidKey(Uid uid) { return Encode({uid}); }

std::string TrialRowKey(Uid uid, int64_t trial_number) { return Encode({uid, static_cast<uint64_t>(trial_number)}); }

std::string ExplorationRowKey(Uid uid, int64_t batch_size, int64_t trial_number) {
  return Encode({uid, static_cast<uint64_t>(batch_size), static_cast<uint64_t>(trial_number)});
}

std::string ResultRowKey(Uid uid, int64_t batch_size, int64_t trial_number) {
  return Encode({uid, static_cast<uint64_t>(batch_size), ~static_cast<uint64_t>(trial_number)});
}

std::string ResultRowPrefix(Uid uid, int64_t batch_size) { return Encode({uid, static_cast<uint64_t>(batch_size)}); }

std::string CostMomentsRowKey(Uid uid, int64_t batch_size) { return Encode({uid, static_cast<uint64_t>(batch_size)}); }

std::string ArmRowKey(Uid uid, int64_t batch_size) { return Encode({uid, static_cast<uint64_t>(batch_size)}); }

std::string CurvesSizeRowKey(Uid uid, int64_t batch_size) { return Encode({uid, static_cast<uint64_t>(batch_size)}); }

std::string CollectedSizeRowKey(Uid uid, int64_t batch_size) {
  return Encode({uid, static_cast<uint64_t>(batch_size)});
}

std::string ClientRowKey(Uid uid, absl::string_view client_id) { return absl::StrCat(Encode({uid}), client_id); }

std::string DueRowKey(absl::Time time, absl::string_view id) {
  return absl::StrCat(Encode({static_cast<uint64_t>(std::max<int64_t>(absl::ToUnixMicros(time), 0))}), id);
}

std::string RelearningKey(Uid uid) { return Encode({uid, 0}); }

std::string KeyAfter(absl::string_view key) { return key.empty() ? "" : absl::StrCat(key, absl::string_view("", 1)); }

std::string PrefixEnd(absl::string_view prefix) {
  std::string end(prefix);
  while (!end.empty() && static_cast<unsigned char>(end.back()) == 0xff) end.pop_back();
  if (!end.empty()) ++end.back();
  return end;
}

absl::StatusOr<Uid> ParseUidKey(absl::string_view key) {
  Uid uid = 0;
  ZB_RETURN_IF_ERROR(Decode(key, 1, &uid));
  return uid;
}

absl::StatusOr<UidAndNumber> ParseTrialRowKey(absl::string_view key) {
  uint64_t words[2];
  ZB_RETURN_IF_ERROR(Decode(key, 2, words));
  ZB_ASSIGN_OR_RETURN(const int64_t number, ToPositive(words[1]));
  return UidAndNumber{words[0], number};
}

absl::StatusOr<SizeAndNumber> ParseExplorationRowKey(absl::string_view key) {
  uint64_t words[3];
  ZB_RETURN_IF_ERROR(Decode(key, 3, words));
  return ToSizeAndNumber(words[1], words[2]);
}

absl::StatusOr<SizeAndNumber> ParseResultRowKey(absl::string_view key) {
  uint64_t words[3];
  ZB_RETURN_IF_ERROR(Decode(key, 3, words));
  return ToSizeAndNumber(words[1], ~words[2]);
}

absl::StatusOr<int64_t> BatchSizeOfArmRow(absl::string_view key) {
  uint64_t words[2];
  ZB_RETURN_IF_ERROR(Decode(key, 2, words));
  return ToPositive(words[1]);
}

absl::StatusOr<int64_t> BatchSizeOfCurvesSizeRow(absl::string_view key) { return BatchSizeOfArmRow(key); }

absl::StatusOr<int64_t> BatchSizeOfCollectedSizeRow(absl::string_view key) { return BatchSizeOfArmRow(key); }

absl::StatusOr<TimeAndId> ParseDueRowKey(absl::string_view key) {
  uint64_t words[3];
  ZB_RETURN_IF_ERROR(Decode(key, 3, words));
  const auto micros = static_cast<int64_t>(words[0]);
  if (micros < 0) return MakeError(Reason::kStorageCorrupted, absl::StrCat("a key with a time of ", words[0]));
  return TimeAndId{absl::FromUnixMicros(micros), std::string(key.substr(kWordBytes))};
}

absl::StatusOr<Uid> ParseRelearningKey(absl::string_view id) {
  uint64_t words[2];
  ZB_RETURN_IF_ERROR(Decode(id, 2, words));
  if (words[1] == 0) return words[0];
  return MakeError(Reason::kStorageCorrupted, absl::StrCat("a key with ", words[1], " where 0 belongs"));
}

}  // namespace zeus::bso::storage

// Bytes that lie in a store or come as a page token: what is read back is written and read the same again, and all else
// is refused with the error for it.
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "model/error.h"
#include "server/api/page_token.h"
#include "server/grpc/listener/grpc_log.h"
#include "spdlog/spdlog.h"
#include "storage/due.h"
#include "storage/keys.h"
#include "storage/records.h"
#include "storage/schema.h"
#include "storage/store.h"
#include "tests/fuzz/finding.h"
#include "tests/fuzz/target.h"
#include "tests/support/engine_rows.h"
#include "tests/support/memory_engine.h"

namespace zeus::bso::fuzz {
namespace {

using storage::SizeAndNumber;

constexpr char kJobId[] = "job";
constexpr int64_t kNumber = 7;

void ExpectRefused(const absl::Status& status, Reason reason) {
  Expect(HasReason(status, reason), absl::StrCat("an error other than ", ReasonName(reason), ": ", status.ToString()));
}

// `decode` and `encode` are the functions of one record. Compared as bytes, so that a NaN equals itself.
template <typename Decode, typename Encode>
void TryRecord(absl::string_view bytes, Decode decode, Encode encode) {
  const auto value = decode(bytes);
  if (!value.ok()) return ExpectRefused(value.status(), Reason::kStorageCorrupted);
  const std::string encoded = encode(*value);
  const auto again = decode(encoded);
  Expect(again.ok(), absl::StrCat("what was encoded is refused: ", again.status().ToString()));
  Expect(encode(*again) == encoded, "what was encoded decodes to something else");
}

void TryRecords(uint8_t kind, absl::string_view bytes) {
  switch (kind) {
    case 0:
      return TryRecord(
          bytes, [](absl::string_view value) { return storage::DecodeJob(kJobId, value); }, storage::EncodeJob);
    case 1:
      return TryRecord(
          bytes, [](absl::string_view value) { return storage::DecodeTrial(kJobId, kNumber, value); },
          storage::EncodeTrial);
    case 2:
      return TryRecord(bytes, storage::DecodeResult, storage::EncodeResult);
    case 3:
      return TryRecord(bytes, storage::DecodeCostMoments, storage::EncodeCostMoments);
    case 4:
      return TryRecord(bytes, storage::DecodeClient, storage::EncodeClient);
    case 5:
      return TryRecord(bytes, storage::DecodeAnswer, storage::EncodeAnswer);
    case 6:
      return TryRecord(
          bytes, [](absl::string_view value) { return storage::DecodeArm(kNumber, value); }, storage::EncodeArm);
    default:
      return TryRecord(
          bytes, [](absl::string_view value) { return storage::DecodeCollectedSize(kNumber, value); },
          storage::EncodeCollectedSize);
  }
}

// A key is what it says, and nothing else is.
template <typename Value, typename Encode>
void TryKey(absl::string_view key, const absl::StatusOr<Value>& parsed, Encode encode) {
  if (!parsed.ok()) return ExpectRefused(parsed.status(), Reason::kStorageCorrupted);
  Expect(encode(*parsed) == key, absl::StrCat("a key is read as another: ", absl::BytesToHexString(key)));
}

void TryKeys(absl::string_view key) {
  const storage::Uid uid = storage::ParseUidKey(key.substr(0, storage::kUidBytes)).value_or(0);
  TryKey(key, storage::ParseUidKey(key), storage::UidKey);
  TryKey(key, storage::ParseTrialRowKey(key),
         [](const storage::UidAndNumber& names) { return storage::TrialRowKey(names.uid, names.trial_number); });
  TryKey(key, storage::BatchSizeOfArmRow(key), [&](int64_t size) { return storage::ArmRowKey(uid, size); });
  TryKey(key, storage::ParseExplorationRowKey(key), [&](const SizeAndNumber& names) {
    return storage::ExplorationRowKey(uid, names.batch_size, names.trial_number);
  });
  TryKey(key, storage::ParseResultRowKey(key),
         [&](const SizeAndNumber& names) { return storage::ResultRowKey(uid, names.batch_size, names.trial_number); });
  const std::string end = storage::PrefixEnd(key);
  Expect(end.empty() || end > absl::StrCat(key, std::string(8, '\xff')), "keys with a prefix go on after its end");
}

// A row of what is due: its key, then its value.
void TryDue(absl::string_view bytes) {
  const absl::string_view key = bytes.substr(0, 3 * sizeof(uint64_t));
  const absl::StatusOr<storage::Due> due = storage::DecodeDue(key, bytes.substr(key.size()));
  if (!due.ok()) return ExpectRefused(due.status(), Reason::kStorageCorrupted);
  Expect(storage::DueRowKey(*due) == key, "what is due is not found again");
  const absl::StatusOr<storage::Due> again = storage::DecodeDue(key, storage::EncodeDue(*due));
  Expect(again.ok() && storage::EncodeDue(*again) == storage::EncodeDue(*due), "what is due is read as something else");
}

void TryPageToken(absl::string_view bytes) {
  if (bytes.empty()) return;
  const absl::string_view query = bytes.substr(1, static_cast<uint8_t>(bytes[0]));
  const absl::string_view token = bytes.substr(1 + query.size());
  const absl::StatusOr<std::string> last = api::ParsePageToken(token, query);
  if (!last.ok()) return ExpectRefused(last.status(), Reason::kInvalidField);
  if (last->empty()) return Expect(token.empty(), "a token that says nothing");
  const absl::StatusOr<std::string> again = api::ParsePageToken(api::MakePageToken(query, *last), query);
  Expect(again.ok() && *again == *last, "a token does not say what it was made of");
}

// The rows of the meta table: a store of one is opened or refused.
void TryMeta(absl::string_view key, absl::string_view value) {
  auto engine = std::make_unique<testing::MemoryEngine>();
  Expect(testing::PutRow(*engine, storage::Table::kMeta, key, value).ok(), "a put fails");
  const absl::Status status = storage::Store::Open(std::move(engine), storage::Durability::kAsync).status();
  if (status.ok() || HasReason(status, Reason::kStorageCorrupted)) return;
  ExpectRefused(status, Reason::kStoreRefused);
}

void Try(uint8_t kind, absl::string_view bytes) {
  kind %= 13;
  switch (kind) {
    case 7:
      return TryKeys(bytes);
    case 8:
      return TryDue(bytes);
    case 9:
      return TryPageToken(bytes);
    case 10:
      return TryMeta(storage::kSchemaVersionKey, bytes);
    case 11:
      return TryMeta(storage::kIncarnationKey, bytes);
    default:
      return TryRecords(kind, bytes);
  }
}

}  // namespace
}  // namespace zeus::bso::fuzz

// The first byte says what the others are.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const bool is_quiet = [] {
    zeus::bso::rpc::LogMessagesOfLibraries();
    spdlog::set_level(spdlog::level::off);
    return true;
  }();
  if (is_quiet && size > 0) zeus::bso::fuzz::Try(data[0], {reinterpret_cast<const char*>(data) + 1, size - 1});
  return 0;
}

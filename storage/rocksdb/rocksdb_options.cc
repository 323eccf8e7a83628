#include "storage/rocksdb/rocksdb_options.h"

#include <algorithm>
#include <array>
#include <cstdarg>
#include <cstdint>
#include <cstdio>
#include <memory>

#include "rocksdb/cache.h"
#include "rocksdb/env.h"
#include "rocksdb/filter_policy.h"
#include "rocksdb/slice_transform.h"
#include "rocksdb/table.h"
#include "spdlog/spdlog.h"
#include "storage/keys.h"

namespace zeus::bso::storage {
namespace {

constexpr size_t kMiB = size_t{1} << 20;
constexpr size_t kMaxWriteBufferBytes = 16 * kMiB;  // Per table.
constexpr uint64_t kWalBytes = 32 * kMiB;           // What a start replays at most, roughly.
constexpr int kBloomBitsPerKey = 10;                // About 1% false positives.

class LogToServer : public rocksdb::Logger {
 public:
  LogToServer() : rocksdb::Logger(rocksdb::WARN_LEVEL) {}

  using rocksdb::Logger::Logv;

  void Logv(const char* format, va_list arguments) override { Log(spdlog::level::warn, format, arguments); }

  void Logv(const rocksdb::InfoLogLevel level, const char* format, va_list arguments) override {
    if (level < GetInfoLogLevel() || level == rocksdb::HEADER_LEVEL) return;
    Log(level >= rocksdb::ERROR_LEVEL ? spdlog::level::err : spdlog::level::warn, format, arguments);
  }

 private:
  static void Log(spdlog::level::level_enum level, const char* format, va_list arguments) {
    std::array<char, 1024> line;
    std::vsnprintf(line.data(), line.size(), format, arguments);
    spdlog::log(level, "rocksdb: {}", line.data());
  }
};

// What the keys have in common that are written near each other, one after the other: RocksDB begins each search for
// the place of a row in memory where it put the last one of the same prefix. Null: it begins at the front.
std::shared_ptr<const rocksdb::SliceTransform> InsertionPrefix(Table table) {
  switch (table) {
    case Table::kTrials:
      return std::shared_ptr<const rocksdb::SliceTransform>(rocksdb::NewCappedPrefixTransform(kUidBytes));
    case Table::kExplorations:
    case Table::kResults:
      return std::shared_ptr<const rocksdb::SliceTransform>(
          rocksdb::NewCappedPrefixTransform(kUidBytes + kBatchSizeBytes));
    case Table::kJobs:
    case Table::kArms:
    case Table::kCostMoments:
    case Table::kCurvesSizes:
    case Table::kSummaries:
    case Table::kCurvesBases:
    case Table::kCollectedSizes:
      return std::shared_ptr<const rocksdb::SliceTransform>(rocksdb::NewNoopTransform());
    case Table::kMeta:
    case Table::kClients:
    case Table::kGarbage:
    case Table::kAnswers:
    case Table::kDue:
      return nullptr;
  }
  return nullptr;
}

rocksdb::ColumnFamilyOptions MakeColumnFamilyOptions(Table table, const MemoryLimits& memory,
                                                     const std::shared_ptr<rocksdb::TableFactory>& table_factory) {
  rocksdb::ColumnFamilyOptions options;
  options.write_buffer_size = std::min(kMaxWriteBufferBytes, static_cast<size_t>(memory.write_buffer_bytes) / 4);
  options.table_factory = table_factory;
  options.memtable_insert_with_hint_prefix_extractor = InsertionPrefix(table);
  return options;
}

}  // namespace

rocksdb::DBOptions MakeDbOptions(const MemoryLimits& memory) {
  rocksdb::DBOptions options;
  options.create_if_missing = true;
  options.info_log = std::make_shared<LogToServer>();
  // Where a log ends was decided before (log_check.h), but for logs of older servers. Of these, a record cut off at the
  // end is dropped, and damage before that is refused, where RocksDB's default would silently drop all that follows;
  // but a damaged length in the last 32 KiB cannot be told from a cut.
  options.wal_recovery_mode = rocksdb::WALRecoveryMode::kTolerateCorruptedTailRecords;
  // One thread writes; and with it the prefixes of insertions would not be heeded.
  options.allow_concurrent_memtable_write = false;
  options.max_bgerror_resume_count = 0;  // The database is opened again instead. See also EngineListener.
  options.db_write_buffer_size = static_cast<size_t>(memory.write_buffer_bytes);
  options.max_total_wal_size = kWalBytes;
  // Nothing runs while nothing happens.
  options.stats_dump_period_sec = 0;
  options.stats_persist_period_sec = 0;
  return options;
}

std::vector<rocksdb::ColumnFamilyDescriptor> MakeColumnFamilies(const MemoryLimits& memory) {
  rocksdb::BlockBasedTableOptions table_options;
  table_options.block_cache = rocksdb::NewLRUCache(static_cast<size_t>(memory.block_cache_bytes));
  table_options.filter_policy.reset(rocksdb::NewBloomFilterPolicy(kBloomBitsPerKey));
  const std::shared_ptr<rocksdb::TableFactory> table_factory(rocksdb::NewBlockBasedTableFactory(table_options));
  std::vector<rocksdb::ColumnFamilyDescriptor> families;
  families.reserve(kTables.size());
  for (const TableInfo& table : kTables) {
    families.emplace_back(ColumnFamilyName(table), MakeColumnFamilyOptions(table.table, memory, table_factory));
  }
  return families;
}

std::vector<rocksdb::ColumnFamilyDescriptor> MakeColumnFamilies(const MemoryLimits& memory,
                                                                const std::vector<std::string>& names) {
  std::vector<rocksdb::ColumnFamilyDescriptor> families = MakeColumnFamilies(memory);
  std::erase_if(families, [&](const rocksdb::ColumnFamilyDescriptor& family) {
    return std::find(names.begin(), names.end(), family.name) == names.end();
  });
  return families;
}

std::string ColumnFamilyName(const TableInfo& table) {
  return table.table == Table::kMeta ? rocksdb::kDefaultColumnFamilyName : table.name;
}

}  // namespace zeus::bso::storage

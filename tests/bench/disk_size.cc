#include "tests/bench/disk_size.h"

#include <algorithm>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "rocksdb/db.h"
#include "storage/records.h"
#include "storage/rocksdb/rocksdb_options.h"
#include "storage/rocksdb/rocksdb_status.h"
#include "tests/bench/must.h"

namespace zeus::bso::bench {
namespace {

void Compact(const std::string& directory) {
  std::vector<rocksdb::ColumnFamilyHandle*> families;
  rocksdb::DB* opened = nullptr;
  Must(storage::FromRocksDb(rocksdb::DB::Open(rocksdb::Options(storage::MakeDbOptions({}), {}), directory,
                                              storage::MakeColumnFamilies({}), &families, &opened)));
  const std::unique_ptr<rocksdb::DB> db(opened);
  for (rocksdb::ColumnFamilyHandle* const family : families) {
    Must(storage::FromRocksDb(db->CompactRange({}, family, nullptr, nullptr)));
    db->DestroyColumnFamilyHandle(family);
  }
  Must(storage::FromRocksDb(db->Close()));
}

double TableBytes(const std::string& directory) {
  double bytes = 0;
  for (const auto& file : std::filesystem::directory_iterator(directory)) {
    if (file.path().extension() == ".sst") bytes += static_cast<double>(file.file_size());
  }
  return bytes;
}

double SerializedBytes(const JobGroup& group) {
  double bytes = 0;
  for (int64_t i = 0; i < group.num_trials; ++i) {
    Trial trial;
    trial.batch_size = kBatchSizes[static_cast<size_t>(i) % kBatchSizes.size()];
    trial.type = TrialType::kMab;
    trial.status = TrialStatus::kSucceeded;
    trial.start_time = absl::Now();
    trial.end_time = trial.start_time + absl::Seconds(100);
    trial.result = MakeResult(i);
    bytes += static_cast<double>(storage::EncodeTrial(trial).size());
  }
  return bytes * static_cast<double>(group.num_jobs);
}

}  // namespace

double DiskPerSerialized(PreparedStores& stores, const Layout& layout) {
  const std::string directory = stores.Copy(layout);
  Compact(directory);
  double serialized = 0;
  for (const JobGroup& group : layout.groups) serialized += SerializedBytes(group);
  return TableBytes(directory) / serialized;
}

}  // namespace zeus::bso::bench

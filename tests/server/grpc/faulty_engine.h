// A store on the embedded engine with faults on demand: a write that fails, a disk that takes its time.
#ifndef ZEUS_BSO_TESTS_SERVER_GRPC_FAULTY_ENGINE_H_
#define ZEUS_BSO_TESTS_SERVER_GRPC_FAULTY_ENGINE_H_

#include <memory>
#include <utility>

#include "storage/rocksdb/rocksdb_engine.h"
#include "storage/store.h"
#include "tests/support/held_writes.h"
#include "tests/support/status_matchers.h"
#include "tests/support/temp_dir.h"

namespace zeus::bso::rpc {

class FaultyStore {
 public:
  FaultyStore() {
    auto engine = std::make_unique<testing::HeldWrites>(testing::Value(storage::OpenRocksDb(directory_.path())));
    disk_ = engine.get();
    store_ = testing::Value(storage::Store::Open(std::move(engine), storage::Durability::kSync));
  }

  testing::HeldWrites& disk() { return *disk_; }
  storage::Store& store() { return *store_; }

 private:
  testing::TempDir directory_;
  testing::HeldWrites* disk_ = nullptr;  // Owned by the store.
  std::unique_ptr<storage::Store> store_;
};

}  // namespace zeus::bso::rpc

#endif  // ZEUS_BSO_TESTS_SERVER_GRPC_FAULTY_ENGINE_H_

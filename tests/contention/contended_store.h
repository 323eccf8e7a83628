// A store for tests of concurrency, and the way to it. What was committed is recorded.
#ifndef ZEUS_BSO_TESTS_CONTENTION_CONTENDED_STORE_H_
#define ZEUS_BSO_TESTS_CONTENTION_CONTENDED_STORE_H_

#include <memory>
#include <string>

#include "storage/rocksdb/rocksdb_engine.h"
#include "storage/store.h"
#include "tests/contention/client.h"
#include "tests/support/change_recorder.h"
#include "tests/support/status_matchers.h"
#include "tests/support/temp_dir.h"

namespace zeus::bso::testing {

class ContendedStore {
 public:
  ContendedStore()
      : store_(Value(storage::Store::Open(Value(storage::OpenRocksDb(data_directory())), storage::Durability::kSync))),
        front_end_(MakeFrontEnd(*store_)) {
    store_->AddObserver(&recorder_);
  }

  storage::Store& store() { return *store_; }
  FrontEnd& front_end() { return *front_end_; }
  ChangeRecorder& recorder() { return recorder_; }
  std::string data_directory() const { return directory_ / "data"; }

  // No client may be left.
  void Close() {
    front_end_.reset();
    store_.reset();
  }

 private:
  TempDir directory_;
  ChangeRecorder recorder_;
  std::unique_ptr<storage::Store> store_;
  std::unique_ptr<FrontEnd> front_end_;
};

}  // namespace zeus::bso::testing

#endif  // ZEUS_BSO_TESTS_CONTENTION_CONTENDED_STORE_H_

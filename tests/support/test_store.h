// A store on the embedded engine in a directory of its own.
#ifndef ZEUS_BSO_TESTS_SUPPORT_TEST_STORE_H_
#define ZEUS_BSO_TESTS_SUPPORT_TEST_STORE_H_

#include <memory>
#include <utility>

#include "absl/status/status.h"
#include "absl/synchronization/notification.h"
#include "storage/rocksdb/rocksdb_engine.h"
#include "storage/store.h"
#include "tests/support/status_matchers.h"
#include "tests/support/temp_dir.h"

namespace zeus::bso::testing {

// Runs `body` in a session and waits for the outcome.
inline absl::Status Transact(storage::Store& store, storage::Store::Body body) {
  return store.TransactAndWait(std::move(body));
}

// Commits a session that was held open, and waits for the outcome.
inline absl::Status Commit(storage::Store& store, storage::Session& session) {
  absl::Status outcome;
  absl::Notification finished;
  store.Commit(session, [&](absl::Status status) {
    outcome = std::move(status);
    finished.Notify();
  });
  finished.WaitForNotification();
  return outcome;
}

class TestStore {
 public:
  explicit TestStore(storage::Durability durability = storage::Durability::kSync) : durability_(durability) { Open(); }

  storage::Store& store() { return *store_; }
  const TempDir& directory() const { return directory_; }

  absl::Status Transact(storage::Store::Body body) { return testing::Transact(*store_, body); }

  // Closes the store and opens it again, as a restart of the server does.
  void Reopen() {
    store_.reset();
    Open();
  }

 private:
  void Open() { store_ = Value(storage::Store::Open(Value(storage::OpenRocksDb(directory_.path())), durability_)); }

  const storage::Durability durability_;
  TempDir directory_;
  std::unique_ptr<storage::Store> store_;
};

}  // namespace zeus::bso::testing

#endif  // ZEUS_BSO_TESTS_SUPPORT_TEST_STORE_H_

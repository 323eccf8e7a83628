#include "storage/rocksdb/rocksdb_status.h"

#include <string>

#include "absl/status/status.h"
#include "catch2/catch.hpp"
#include "tests/support/status_matchers.h"

namespace zeus::bso::storage {
namespace {

using rocksdb::Status;
using testing::FailsWith;
using testing::IsOk;

TEST_CASE("What RocksDB did is no error") { CHECK_THAT(FromRocksDb(Status::OK()), IsOk()); }

TEST_CASE("A full disk is told from one that fails and one that gives back damaged data") {
  CHECK_THAT(FromRocksDb(Status::NoSpace()), FailsWith(Reason::kStorageFull));
  CHECK_THAT(FromRocksDb(Status::SpaceLimit()), FailsWith(Reason::kStorageFull));
  CHECK_THAT(FromRocksDb(Status::IOError("read failed")), FailsWith(Reason::kStorageUnavailable));
  CHECK_THAT(FromRocksDb(Status::Corruption("bad checksum")), FailsWith(Reason::kStorageCorrupted));
  CHECK_THAT(FromRocksDb(Status::PathNotFound("no such file")), FailsWith(Reason::kStorageCorrupted));
}

TEST_CASE("The message of an error says what RocksDB said") {
  CHECK_THAT(std::string(FromRocksDb(Status::Corruption("bad checksum")).message()),
             Catch::Matchers::Contains("bad checksum"));
}

}  // namespace
}  // namespace zeus::bso::storage

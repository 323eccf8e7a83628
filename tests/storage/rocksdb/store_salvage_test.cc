// What --salvage saves of a store.
#include "storage/rocksdb/store_salvage.h"

#include <filesystem>
#include <string>

#include "absl/strings/str_cat.h"
#include "catch2/catch.hpp"
#include "storage/schema.h"
#include "tests/storage/rocksdb/closed_store.h"
#include "tests/support/engine_rows.h"
#include "tests/support/status_matchers.h"
#include "tests/support/unpack.h"

namespace zeus::bso::storage {
namespace {

using testing::FailsWith;
using testing::IsOk;
using testing::Value;

// All rows of a table.
std::map<std::string, std::string> Rows(const std::string& directory, Table table) {
  const std::unique_ptr<Engine> engine = Value(OpenRocksDb(directory));
  return testing::RowsOf(*engine, table);
}

TEST_CASE("Of an intact store everything is saved but kept answers, and the store is not changed") {
  const std::string archive = GENERATE("schema_3.tar.gz", "schema_4.tar.gz", "schema_5.tar.gz");
  const testing::TempDir directory;
  testing::Unpack(ZEUS_BSO_TEST_DATA_DIR "/storage/" + archive, directory.path());
  const std::string before = ContentsOf(directory.path());
  const testing::TempDir parent;
  const std::string target = parent / "saved";
  CHECK(Value(SalvageStore(directory.path(), target)).is_intact());
  CHECK(ContentsOf(directory.path()) == before);
  for (const TableInfo& table : kTables) {
    CAPTURE(table.name);
    if (table.table == Table::kMeta || table.table == Table::kAnswers || table.table == Table::kGarbage) continue;
    std::map<std::string, std::string> rows = Rows(directory.path(), table.table);
    if (table.table == Table::kDue) {
      std::erase_if(rows, [](const auto& row) {
        const Due due = Value(DecodeDue(row.first, row.second));
        const auto* const trial = std::get_if<DueTrial>(&due.what);
        return trial == nullptr || trial->key.job_id == "deleted";
      });
    }
    CHECK(Rows(target, table.table) == rows);
  }
  const std::map<std::string, std::string> meta = Rows(target, Table::kMeta);
  CHECK(meta.at(std::string(kIncarnationKey)) == Rows(directory.path(), Table::kMeta).at(std::string(kIncarnationKey)));
  CHECK(Value(CheckStore(target)).is_intact());
  REQUIRE_THAT(OpenStore(target).status(), IsOk());
}

TEST_CASE("Salvage copies each intact job of a damaged store unchanged") {
  const ClosedStore store(600);
  REQUIRE_THAT(OpenAndClose(store.path()), IsOk());
  const std::string file = store.LargestFile(".sst");
  FlipByte(file, std::filesystem::file_size(file) / 3);
  const testing::TempDir target;
  const StoreReport report = Value(SalvageStore(store.path(), target.path()));
  CHECK(report.unreadable_jobs.size() == 1);
  CHECK(report.intact_jobs > 300);
  const std::unique_ptr<Store> saved = Value(OpenStore(target.path()));
  int64_t count = 0;
  const auto read_jobs = [&](Session& session) {
    return session.ScanJobs("", "", [&](const Job& job, const std::optional<JobSummary>&) {
      ++count;
      CHECK(job.spec == NumberedJob(static_cast<int>(*job.min_cost)).spec);
      return true;
    });
  };
  REQUIRE_THAT(testing::Transact(*saved, read_jobs), IsOk());
  CHECK(count == report.intact_jobs);
}

TEST_CASE("What is salvaged goes into no directory that has files") {
  const ClosedStore store(3);
  const ClosedStore other(1);
  CHECK_THAT(SalvageStore(store.path(), other.path()).status(), FailsWith(Reason::kStoreRefused));
  CHECK_THAT(SalvageStore(store.path(), store.path()).status(), FailsWith(Reason::kStoreRefused));
  CHECK(Value(CountJobs(other.path())) == 1);
}

}  // namespace
}  // namespace zeus::bso::storage

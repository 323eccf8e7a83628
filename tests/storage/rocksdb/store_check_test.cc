// What --check finds, and that it changes nothing.
#include "storage/rocksdb/store_check.h"

#include <filesystem>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "catch2/catch.hpp"
#include "storage/rocksdb/rocksdb_engine.h"
#include "storage/store.h"
#include "tests/storage/rocksdb/closed_store.h"
#include "tests/storage/session_fixture.h"
#include "tests/support/engine_rows.h"
#include "tests/support/status_matchers.h"
#include "tests/support/unpack.h"

namespace zeus::bso::storage {
namespace {

using testing::FailsWith;
using testing::IsOk;
using testing::Value;

std::string JobId(int number) { return absl::StrFormat("job-%03d", number); }

// The report, with nothing changed by it.
StoreReport Check(const std::string& directory) {
  const std::string before = ContentsOf(directory);
  const StoreReport report = Value(CheckStore(directory));
  CHECK(ContentsOf(directory) == before);
  return report;
}

// Many jobs in a table file, in many blocks of 4 KiB.
class ManyBlocks : public ClosedStore {
 public:
  ManyBlocks() : ClosedStore(600) { REQUIRE_THAT(OpenAndClose(path()), IsOk()); }

  std::string jobs_file() const { return LargestFile(".sst"); }
};

TEST_CASE("A store that is intact is found so") {
  SECTION("with its jobs in the log") {
    const ClosedStore store(3);
    const StoreReport report = Check(store.path());
    CHECK(report.is_intact());
    CHECK(report.intact_jobs == 3);
    CHECK(ToText(report) == "intact jobs: 3, damaged jobs: 0, ranges of jobs that cannot be read: 0\n");
  }
  SECTION("with its jobs in table files") {
    const ManyBlocks store;
    CHECK(Check(store.path()).is_intact());
    CHECK(Check(store.path()).intact_jobs == 600);
  }
  SECTION("without a job") { CHECK(Check(ClosedStore(0).path()).is_intact()); }
}

TEST_CASE("Stores of older schemas are intact, with their running trials, clients, arms and results") {
  const auto [archive, jobs] = GENERATE(table<std::string, int>(
      {{"schema_3.tar.gz", 4}, {"schema_4.tar.gz", 3}, {"schema_5.tar.gz", 2}, {"schema_6.tar.gz", 3}}));
  const testing::TempDir directory;
  testing::Unpack(ZEUS_BSO_TEST_DATA_DIR "/storage/" + archive, directory.path());
  const StoreReport report = Check(directory.path());
  CHECK(report.is_intact());
  CHECK(report.intact_jobs == jobs);
}

TEST_CASE_METHOD(ManyBlocks,
                 "Jobs in a block that cannot be read are told by those around it, and all others are read") {
  const size_t size = std::filesystem::file_size(jobs_file());
  FlipByte(jobs_file(), size / 3);
  const StoreReport report = Check(path());
  CHECK_FALSE(report.is_intact());
  CHECK(report.damaged_jobs.empty());
  REQUIRE(report.unreadable_jobs.size() == 1);
  const auto& [after, before] = report.unreadable_jobs.front();
  int first = 0;
  while (first < 600 && JobId(first) != after) ++first;
  int last = first;
  while (last < 600 && JobId(last) != before) ++last;
  REQUIRE(last < 600);
  CHECK(last - first - 1 > 0);
  CHECK(last - first - 1 < 200);
  CHECK(report.intact_jobs == 600 - (last - first - 1));
  CHECK_THAT(ToText(report),
             Catch::Matchers::StartsWith("jobs between '" + after + "' and '" + before + "' cannot be"));
}

TEST_CASE_METHOD(ManyBlocks, "A check reports each of several unreadable blocks, also the first one") {
  const size_t size = std::filesystem::file_size(jobs_file());
  int blocks = 0;
  for (size_t offset = 0; offset < size * 4 / 5; offset += 8192) {
    FlipByte(jobs_file(), offset + 10);
    ++blocks;
  }
  const StoreReport report = Check(path());
  CHECK(report.unreadable_jobs.size() > 1);
  CHECK(static_cast<int>(report.unreadable_jobs.size()) <= blocks);
  CHECK(report.unreadable_jobs.front().after.empty());
  CHECK(report.intact_jobs < 600);
}

TEST_CASE("A job whose rows do not agree is damaged, and says why") {
  ClosedStore store(3);
  {
    const std::unique_ptr<Engine> engine = Value(OpenRocksDb(store.path()));
    const JobRow row = Value(DecodeJob("job-001", *testing::GetRow(*engine, Table::kJobs, "job-001")));
    REQUIRE_THAT(testing::PutRow(*engine, Table::kClients, ClientRowKey(row.uid, "node"), EncodeClient(7)), IsOk());
    REQUIRE_THAT(testing::PutRow(*engine, Table::kJobs, "job-002", "no record"), IsOk());
  }
  const StoreReport report = Check(store.path());
  CHECK(report.intact_jobs == 1);
  REQUIRE(report.damaged_jobs.size() == 2);
  CHECK(report.damaged_jobs[0].job_id == "job-001");
  CHECK_THAT(ToText(report),
             Catch::Matchers::Contains("job 'job-001' is damaged: trial 7 is not run by client 'node'"));
  CHECK(report.damaged_jobs[1].job_id == "job-002");
}

TEST_CASE("A size that does not count its running trials is damaged, for a check and for a reader") {
  testing::TempDir directory;
  const CurvesSize size = {.batch_size = 32, .state = {.pending = 1}, .num_trials = 1};
  Uid uid = 0;
  const auto make = [&](Session& session) -> absl::Status {
    Job job = MakeJob();
    job.spec.policy = PolicyKind::kCurves;
    job.stage = Stage::kNone;
    job.curves.emplace();
    ZB_RETURN_IF_ERROR(session.InsertJob(job));
    for (const int64_t batch_size : job.spec.batch_sizes) {
      ZB_RETURN_IF_ERROR(session.PutCurvesSize("job", batch_size == 32 ? size : CurvesSize{.batch_size = batch_size}));
    }
    ZB_ASSIGN_OR_RETURN(const Session::JobVersion version, session.VersionOf("job"));
    uid = version.uid;
    Session::TrialStart start{.batch_size = 32, .type = TrialType::kFirst, .time = kStart};
    start.ticket.emplace();
    return session.InsertTrial("job", start).status();
  };
  {
    const std::unique_ptr<Store> store = Value(Store::Open(Value(OpenRocksDb(directory.path())), Durability::kSync));
    REQUIRE_THAT(testing::Transact(*store, make), IsOk());
  }
  CHECK(Check(directory.path()).is_intact());
  {
    const std::unique_ptr<Engine> engine = Value(OpenRocksDb(directory.path()));
    CurvesSize wrong = size;
    wrong.state.pending = 2;
    REQUIRE_THAT(testing::PutRow(*engine, Table::kCurvesSizes, CurvesSizeRowKey(uid, 32), EncodeCurvesSize(wrong)),
                 IsOk());
  }
  CHECK_THAT(ToText(Check(directory.path())), Catch::Matchers::Contains("1 trials of batch size 32 run, and not 2"));
  const std::unique_ptr<Store> store = Value(Store::Open(Value(OpenRocksDb(directory.path())), Durability::kSync));
  Session reader = store->Begin();
  REQUIRE_THAT(reader.FetchJob("job").status(), IsOk());
  CHECK_THAT(reader.FetchCurvesSizes("job").status(), FailsWith(Reason::kStorageCorrupted));
}

TEST_CASE("A store that a start would refuse cannot be checked, for the same reason") {
  const testing::TempDir empty;
  CHECK_THAT(CheckStore(empty.path()).status(), FailsWith(Reason::kStoreRefused));
  CHECK_THAT(CheckStore(empty / "missing").status(), FailsWith(Reason::kStoreRefused));
  const ClosedStore store(600);
  FlipByte(store.LargestFile(".log"), std::filesystem::file_size(store.LargestFile(".log")) / 2);
  CHECK_THAT(CheckStore(store.path()).status(), FailsWith(Reason::kStorageCorrupted));
  const ClosedStore served(3);
  const std::unique_ptr<Engine> engine = Value(OpenRocksDb(served.path()));
  CHECK_THAT(CheckStore(served.path()).status(), FailsWith(Reason::kStoreRefused));
}

}  // namespace
}  // namespace zeus::bso::storage

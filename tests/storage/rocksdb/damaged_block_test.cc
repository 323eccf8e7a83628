// A store with a block of the jobs table that cannot be read: other jobs are read and changed as before.
#include <filesystem>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "catch2/catch.hpp"
#include "model/error.h"
#include "tests/storage/rocksdb/closed_store.h"
#include "tests/support/engine_rows.h"

namespace zeus::bso::storage {
namespace {

using testing::IsOk;
using testing::Value;

constexpr int kJobs = 600;

// A closed store with its jobs in one table file, of which one block is damaged.
class DamagedBlock {
 public:
  DamagedBlock() {
    // A start writes what the log has into table files.
    REQUIRE_THAT(OpenAndClose(store_.path()), IsOk());
    const std::string file = LargestFile(store_.path(), ".sst");
    FlipByte(file, std::filesystem::file_size(file) / 3);
  }

  const std::string& path() const { return store_.path(); }

 private:
  const ClosedStore store_{kJobs};
};

struct Listed {
  std::vector<std::string> job_ids;
  std::vector<UnreadableRange> skipped;
};

// All jobs, in pages of so many. A compaction that meets the block reopens the store, which ends a scan: then the page
// is asked for again.
Listed List(Store& store, size_t page_size) {
  Listed listed;
  bool is_last = false;
  while (!is_last) {
    is_last = true;
    Session session = store.Begin();
    Listed page;
    const absl::Status status = session.ScanReadableJobs(
        "", listed.job_ids.empty() ? "" : listed.job_ids.back(),
        [&](const Job& job, const std::optional<JobSummary>&) {
          is_last = page.job_ids.size() < page_size;
          if (is_last) page.job_ids.push_back(job.spec.job_id);
          return is_last;
        },
        [&](const UnreadableRange& range) { page.skipped.push_back(range); });
    if (HasReason(status, Reason::kStorageUnavailable)) {
      is_last = false;
      continue;
    }
    REQUIRE_THAT(status, IsOk());
    listed.job_ids.insert(listed.job_ids.end(), page.job_ids.begin(), page.job_ids.end());
    listed.skipped.insert(listed.skipped.end(), page.skipped.begin(), page.skipped.end());
  }
  return listed;
}

TEST_CASE_METHOD(DamagedBlock, "A list goes on behind the block, and says between which jobs it is, once") {
  const std::unique_ptr<Store> store = Value(OpenStore(path()));
  const Listed whole = List(*store, kJobs);
  REQUIRE(whole.skipped.size() == 1);
  CHECK(whole.job_ids.size() < kJobs);
  const std::set<std::string> listed(whole.job_ids.begin(), whole.job_ids.end());
  for (int i = 0; i < kJobs; ++i) {
    const std::string job_id = NumberedJob(i).spec.job_id;
    const bool is_in_range = job_id > whole.skipped[0].after && job_id < whole.skipped[0].before;
    CHECK(listed.contains(job_id) != is_in_range);
  }
  const size_t page_size = GENERATE(1, 7, 100);
  const Listed paged = List(*store, page_size);
  CHECK(paged.job_ids == whole.job_ids);
  CHECK(paged.skipped == whole.skipped);
}

TEST_CASE("A record that cannot be decoded is told in the same way, also the first and the last") {
  const ClosedStore closed(9);
  {
    const std::unique_ptr<Engine> engine = Value(OpenRocksDb(closed.path()));
    for (const char* const job_id : {"job-000", "job-003", "job-004", "job-008"}) {
      REQUIRE_THAT(testing::PutRow(*engine, Table::kJobs, job_id, "no record"), IsOk());
    }
  }
  const std::unique_ptr<Store> store = Value(OpenStore(closed.path()));
  const Listed listed = List(*store, GENERATE(1, 2, 100));
  CHECK(listed.job_ids.size() == 5);
  CHECK(listed.skipped == std::vector<UnreadableRange>{{"", "job-001"}, {"job-002", "job-005"}, {"job-007", ""}});
}

TEST_CASE_METHOD(DamagedBlock, "Compactions that meet the block do not end the changes") {
  const std::unique_ptr<Engine> engine = Value(OpenRocksDb(path(), {.write_buffer_bytes = int64_t{1} << 20}));
  const std::unique_ptr<Store> store =
      Value(Store::Open(std::make_unique<testing::EngineDecorator>(*engine), Durability::kAsync));
  const absl::Time deadline = absl::Now() + absl::Seconds(60);
  int num_jobs = 0;
  const auto insert = [&](Session& session) {
    Job job = MakeJob(absl::StrCat("new-", num_jobs));
    job.spec.gpu_model = std::string(10'000, 'x');
    return session.InsertJob(std::move(job));
  };
  // Dozens of table files, each of which brings the next compaction nearer.
  while (num_jobs < 1'500) {
    REQUIRE(absl::Now() < deadline);
    if (testing::Transact(*store, insert).ok()) ++num_jobs;
  }
  CHECK_THAT(store->health(), IsOk());
  size_t num_found = 0;
  for (const std::string& job_id : List(*store, 1000).job_ids) num_found += job_id.starts_with("new-") ? 1 : 0;
  CHECK(num_found >= static_cast<size_t>(num_jobs));
  CHECK(List(*store, 1000).skipped.size() == 1);
}

}  // namespace
}  // namespace zeus::bso::storage

#include "storage/decoded_jobs.h"

#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "catch2/catch.hpp"
#include "tests/storage/session_fixture.h"
#include "tests/support/status_matchers.h"

namespace zeus::bso::storage {
namespace {

using testing::FailsWith;
using testing::Value;

JobRow RowOf(const std::string& job_id, double min_cost) {
  JobRow row{.uid = 1, .last_trial_number = 0, .revision = 0, .job = MakeJob(job_id)};
  row.job.min_cost = min_cost;
  return row;
}

TEST_CASE("A record that has not changed is decoded once") {
  DecodedJobs jobs;
  const std::string value = EncodeJob(RowOf("job", 1));
  const std::shared_ptr<const JobRow> first = Value(jobs.Decode("job", value));
  CHECK(first->job.min_cost == 1);
  CHECK(Value(jobs.Decode("job", value)) == first);
}

TEST_CASE("A changed record is decoded again, and so is an older one") {
  DecodedJobs jobs;
  const std::string before = EncodeJob(RowOf("job", 1));
  const std::string after = EncodeJob(RowOf("job", 2));
  for (int i = 0; i < 3; ++i) {
    CHECK(Value(jobs.Decode("job", before))->job.min_cost == 1);
    CHECK(Value(jobs.Decode("job", after))->job.min_cost == 2);
  }
}

TEST_CASE("Two jobs with equal records keep their own ids") {
  DecodedJobs jobs;
  const std::string value = EncodeJob(RowOf("job", 1));
  for (int i = 0; i < 10'000; ++i) {
    const std::string job_id = absl::StrCat("job-", i % 5000);
    REQUIRE(Value(jobs.Decode(job_id, value))->job.spec.job_id == job_id);
  }
}

TEST_CASE("A damaged record is corrupted each time, and does not replace an intact one") {
  DecodedJobs jobs;
  const std::string value = EncodeJob(RowOf("job", 1));
  const std::shared_ptr<const JobRow> intact = Value(jobs.Decode("job", value));
  for (int i = 0; i < 2; ++i) CHECK_THAT(jobs.Decode("job", "damaged").status(), FailsWith(Reason::kStorageCorrupted));
  CHECK(Value(jobs.Decode("job", value)) == intact);
}

TEST_CASE("Threads that decode the same jobs each get the record that they have read") {
  DecodedJobs jobs;
  std::vector<std::string> values;
  for (int cost = 0; cost < 10; ++cost) values.push_back(EncodeJob(RowOf("job", cost)));
  std::vector<std::thread> threads;
  std::vector<int> mistakes(4);
  for (int thread = 0; thread < 4; ++thread) {
    threads.emplace_back([&, thread] {
      for (int i = 0; i < 1000; ++i) {
        const int cost = (i + thread) % 10;
        const auto row = jobs.Decode("job", values[static_cast<size_t>(cost)]);
        if (!row.ok() || (*row)->job.min_cost != cost) ++mistakes[static_cast<size_t>(thread)];
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(mistakes == std::vector<int>(4, 0));
}

}  // namespace
}  // namespace zeus::bso::storage

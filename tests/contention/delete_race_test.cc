// Deletes that race with everything else.
#include <atomic>
#include <memory>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "catch2/catch.hpp"
#include "storage/keys.h"
#include "tests/contention/contended_server.h"
#include "tests/contention/trainers.h"
#include "tests/support/spec_messages.h"

namespace zeus::bso::testing {
namespace {

v1::RegisterJobRequest Registration() {
  v1::RegisterJobRequest request;
  *request.mutable_spec() = MakeSpecMessage("job");
  return request;
}

std::vector<std::string> Keys(storage::Engine& engine, storage::Table table) {
  std::vector<std::string> keys;
  CHECK_THAT(engine.Begin()->Scan(table, "", "",
                                  [&](absl::string_view key, absl::string_view) {
                                    keys.emplace_back(key);
                                    return true;
                                  }),
             IsOk());
  return keys;
}

// Opens the store once more and waits until its garbage is collected; what is left then.
std::unique_ptr<storage::Engine> OpenCollected(const std::string& directory) {
  while (true) {
    auto engine = Value(storage::OpenRocksDb(directory));
    if (Keys(*engine, storage::Table::kGarbage).empty()) return engine;
    const auto store = Value(storage::Store::Open(std::move(engine), storage::Durability::kSync));
    absl::SleepFor(absl::Milliseconds(100));
  }
}

}  // namespace

TEST_CASE("A delete that races with trainers leaves the job whole or nothing of it", "[contention]") {
  ContendedServer server(3);
  RpcClient client(server.address());
  REQUIRE(client.Call(&Optimizer::RegisterJob, Registration()).ok());

  // A report may meet the job's next registration, whose trial of that number may have failed.
  const std::set<std::string> tolerated = {"JOB_NOT_FOUND", "TRIAL_NOT_FOUND", "TRIAL_FAILED"};
  std::atomic<bool> stop = false;
  std::atomic<int> num_answered = 0;
  std::vector<std::string> refusals(8);
  std::vector<std::thread> trainers;
  for (std::string& refusal : refusals) {
    trainers.emplace_back([&] {
      RpcClient trainer(server.address());
      while (!stop) {
        v1::StartTrialRequest start;
        start.set_job_id("job");
        const auto started = trainer.Call(&Optimizer::StartTrial, start);
        if (!started.ok() && !tolerated.contains(started.reason())) refusal = started.reason();
        if (!started.ok()) continue;
        v1::ReportResultRequest report;
        report.set_job_id("job");
        report.set_batch_size(started.response.trial().batch_size());
        report.set_trial_number(started.response.trial().trial_number());
        report.set_energy_joules(100);
        report.set_metric(1);
        const auto reported = trainer.Call(&Optimizer::ReportResult, report);
        if (!reported.ok() && !tolerated.contains(reported.reason())) refusal = reported.reason();
        if (reported.ok()) ++num_answered;
      }
    });
  }
  v1::DeleteJobRequest deletion;
  deletion.set_job_id("job");
  for (int i = 0; i < 30; ++i) {
    const int before = num_answered;
    while (num_answered < before + 10) std::this_thread::yield();
    REQUIRE(client.Call(&Optimizer::DeleteJob, deletion).ok());
    const auto registered = client.Call(&Optimizer::RegisterJob, Registration());
    REQUIRE(registered.ok());
    REQUIRE(registered.response.created());
    CHECK_FALSE(registered.response.job().has_min_cost());
  }
  stop = true;
  for (std::thread& trainer : trainers) trainer.join();
  CHECK(refusals == std::vector<std::string>(8));

  v1::ListTrialsRequest list;
  list.set_job_id("job");
  list.set_page_size(1000);
  const auto trials = client.Call(&Optimizer::ListTrials, list).response.trials();
  for (int i = 0; i < trials.size(); ++i) CHECK(trials[i].trial_number() == i + 1);

  server.Stop();
  const auto engine = OpenCollected(server.data_directory());
  std::set<std::string> uids;
  for (const storage::Table table : storage::kTablesOfAJob) {
    for (const std::string& key : Keys(*engine, table)) uids.insert(key.substr(0, 8));
  }
  CHECK(Keys(*engine, storage::Table::kJobs) == std::vector<std::string>{"job"});
  CHECK(uids.size() == (trials.empty() ? 0 : 1));
}

}  // namespace zeus::bso::testing

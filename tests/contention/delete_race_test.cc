// Deletes that race with everything else.
#include <atomic>
#include <memory>
#include <set>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "catch2/catch.hpp"
#include "model/error.h"
#include "storage/keys.h"
#include "tests/contention/contended_store.h"
#include "tests/contention/trainers.h"
#include "tests/support/engine_rows.h"
#include "tests/support/specs.h"

namespace zeus::bso::testing {
namespace {

std::vector<std::string> Keys(storage::Engine& engine, storage::Table table) {
  std::vector<std::string> keys;
  for (const auto& [key, value] : RowsOf(engine, table)) keys.push_back(key);
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
  ContendedStore store;
  std::unique_ptr<Client> client = store.front_end().Connect();
  REQUIRE_THAT(client->RegisterJob(MakeSpec()).status(), IsOk());

  // A report may meet the job's next registration, whose trial of that number may have failed.
  const std::set<std::string> tolerated = {"JOB_NOT_FOUND", "TRIAL_NOT_FOUND", "TRIAL_FAILED"};
  std::atomic<int> num_answered = 0;
  std::vector<std::string> refusals(8);
  std::vector<std::jthread> trainers;  // Also stop when the test fails.
  for (std::string& refusal : refusals) {
    trainers.emplace_back([&](const std::stop_token& stop) {
      const std::unique_ptr<Client> trainer = store.front_end().Connect();
      const auto note = [&](const absl::Status& status) {
        if (!status.ok() && !tolerated.contains(ReasonNameOf(status))) refusal = status.ToString();
      };
      while (!stop.stop_requested()) {
        const auto trial = trainer->StartTrial("job");
        note(trial.status());
        if (!trial.ok()) continue;
        const auto verdict = trainer->ReportResult({.trial = KeyOf(*trial), .energy_joules = 100, .metric = 1});
        note(verdict.status());
        if (verdict.ok()) ++num_answered;
      }
    });
  }
  for (int i = 0; i < 30; ++i) {
    const int before = num_answered;
    while (num_answered < before + 10) std::this_thread::yield();
    REQUIRE_THAT(client->DeleteJob("job"), IsOk());
    const RegisteredJob registered = Value(client->RegisterJob(MakeSpec()));
    REQUIRE(registered.created);
    CHECK_FALSE(registered.job.min_cost.has_value());
  }
  trainers.clear();
  CHECK(refusals == std::vector<std::string>(8));

  const std::vector<Trial> trials = Value(client->ListTrials("job"));
  for (size_t i = 0; i < trials.size(); ++i) CHECK(trials[i].trial_number == static_cast<int64_t>(i) + 1);

  client.reset();
  store.Close();
  const auto engine = OpenCollected(store.data_directory());
  std::set<std::string> uids;
  for (const storage::Table table : storage::kTablesOfAJob) {
    for (const std::string& key : Keys(*engine, table)) uids.insert(key.substr(0, 8));
  }
  CHECK(Keys(*engine, storage::Table::kJobs) == std::vector<std::string>{"job"});
  CHECK(uids.size() == (trials.empty() ? 0 : 1));
}

}  // namespace zeus::bso::testing

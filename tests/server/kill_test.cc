// When a call has answered, a kill of the server loses nothing of it.
#include <iostream>
#include <random>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "storage/rocksdb/store_check.h"
#include "tests/server/journal.h"
#include "tests/server/load.h"
#include "tests/server/process_fixture.h"
#include "tests/support/status_matchers.h"

namespace zeus::bso::testing {
namespace {

constexpr int kKills = 50;

class Kill : public ProcessFixture {
 public:
  // Runs callers on a server, and kills it in their midst.
  void KillUnderLoad(int round) {
    const auto server = Serve();
    // Now and then new jobs, in which pruning begins again.
    std::vector<std::string> jobs;
    for (int i = 0; i < 3; ++i) jobs.push_back(absl::StrCat("job-", round / 10, "-", i));
    CompareAndPrepare(server->address(), jobs, journal_);
    Load load(server->address(), absl::StrCat("round-", round), journal_, [&jobs](Caller& caller) {
      while (caller.Step(jobs)) {
      }
    });
    journal_.WaitForAnswers(20);
    SleepForUpTo(absl::Milliseconds(150));
    EndByKill(*server);
    load.Join();
    for (const auto& [error, count] : journal_.TakeErrors()) CHECK(error == CallError{grpc::UNAVAILABLE, ""});
  }

  // Kills a server while it starts on what the last one left, or a moment later.
  void KillAtStart() {
    const auto server = Start();
    SleepForUpTo(absl::Milliseconds(50));
    EndByKill(*server);
  }

  Journal& journal() { return journal_; }
  unsigned seed() const { return seed_; }
  int num_kills() const { return num_kills_; }

 private:
  void SleepForUpTo(absl::Duration most) {
    absl::SleepFor(most * std::uniform_real_distribution<double>(0, 1)(random_));
  }

  void EndByKill(ServerProcess& server) {
    server.Signal(SIGKILL);
    CHECK(server.Wait() == -SIGKILL);
    ++num_kills_;
  }

  const unsigned seed_ = std::random_device()();
  std::mt19937 random_{seed_};
  int num_kills_ = 0;
  Journal journal_;
};

TEST_CASE_METHOD(Kill, "Whatever was answered under load is there after each of fifty kills") {
  CAPTURE(seed());
  for (int round = 0; round < kKills; ++round) {
    CAPTURE(round);
    KillUnderLoad(round);
    if (round % 5 == 0) KillAtStart();
  }
  const auto server = Serve();
  RpcClient client(server->address());
  REQUIRE(journal().Compare(client) == "");
  Stop(*server);
  CHECK(storage::ToText(Value(storage::CheckStore(data_directory()))).starts_with("intact jobs: "));
  std::cout << num_kills() << " kills survived: " << journal().num_answers() << " calls answered, "
            << journal().Trials().size() << " trials verified, nothing lost\n";
}

}  // namespace
}  // namespace zeus::bso::testing

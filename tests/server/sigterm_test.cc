// SIGTERM ends a server that is at work: what was answered is kept, and nothing else is.
#include <cstdint>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "tests/server/journal.h"
#include "tests/server/load.h"
#include "tests/server/process_fixture.h"
#include "tests/support/watch.h"
#include "tests/support/wire_session.h"

namespace zeus::bso::testing {
namespace {

constexpr int kStops = 10;

bool EndedByServer(grpc::StatusCode code) { return code == grpc::UNAVAILABLE || code == grpc::CANCELLED; }

// Watches a job on a thread of its own until the server ends that.
class Watcher {
 public:
  Watcher(const std::string& address, const std::string& job_id)
      : client_(address), watch_(client_, std::nullopt, job_id), events_{watch_.Next()}, thread_([this] {
          while (std::optional<v1::JobEvent> event = watch_.TryNext()) events_.push_back(*event);
        }) {}

  ~Watcher() {
    watch_.Cancel();
    if (thread_.joinable()) thread_.join();
  }

  // Checks that the changes came one after the other, and that the server said why there are no more.
  void CheckAll() {
    thread_.join();
    for (size_t i = 1; i < events_.size(); ++i) {
      const int64_t step = events_[i].revision() - events_[i - 1].revision();
      CHECK(step >= 0);
      if (!events_[i].has_present_state()) CHECK(step <= 1);
    }
    const Reply<v1::JobEvent> end = watch_.End();
    CHECK(end.code() == grpc::UNAVAILABLE);
    CHECK(end.reason() == "DRAINING");
  }

 private:
  RpcClient client_;
  Watch watch_;
  std::vector<v1::JobEvent> events_;
  std::thread thread_;
};

// A session with a change that is not committed.
class OpenSession {
 public:
  OpenSession(const std::string& address, const std::string& job_id) : client_(address), session_(client_) {
    REQUIRE(session_.Ask(GetJobRequest(job_id)).has_value());
    REQUIRE(session_.Ask(CreateTrialRequest(16, job_id)).has_value());
  }

  WireSession& session() { return session_; }

 private:
  RpcClient client_;
  WireSession session_;
};

class Sigterm : public ProcessFixture {
 public:
  // Runs callers and watchers on a server, and asks it to end in their midst. Open sessions hold that up until its
  // patience ends.
  void EndUnderLoad(int round, bool with_sessions) {
    const auto server = Serve({"--drain_timeout=200ms"});
    CompareAndPrepare(server->address(), {"one", "two"}, journal_);
    std::vector<std::unique_ptr<Watcher>> watchers;
    for (const char* const job_id : {"one", "one", "two"}) {
      watchers.push_back(std::make_unique<Watcher>(server->address(), job_id));
    }
    std::vector<std::unique_ptr<OpenSession>> sessions;
    for (const char* const job_id : {"one", "two"}) {
      if (with_sessions) sessions.push_back(std::make_unique<OpenSession>(server->address(), job_id));
    }
    Load load(server->address(), absl::StrCat("round-", round), journal_, [](Caller& caller) {
      while (caller.Step({"one", "two"})) {
      }
    });
    journal_.WaitForAnswers(20);
    absl::SleepFor(absl::Milliseconds(50) * std::uniform_real_distribution<double>(0, 1)(random_));
    server->Signal(SIGTERM);
    CHECK(server->Wait() == 0);
    load.Join();
    for (const auto& [error, count] : journal_.TakeErrors()) {
      CAPTURE(error);
      CHECK(EndedByServer(error.code));
    }
    for (const auto& watcher : watchers) watcher->CheckAll();
    for (const auto& session : sessions) CHECK(EndedByServer(session->session().Finish().code()));
  }

  Journal& journal() { return journal_; }
  unsigned seed() const { return seed_; }

 private:
  const unsigned seed_ = std::random_device()();
  std::mt19937 random_{seed_};
  Journal journal_;
};

TEST_CASE_METHOD(Sigterm, "After SIGTERM under load, just what was answered is there, and no session that was open") {
  CAPTURE(seed());
  for (int round = 0; round < kStops; ++round) {
    CAPTURE(round);
    EndUnderLoad(round, round % 2 == 1);
  }
  const auto server = Serve();
  RpcClient client(server->address());
  CHECK(journal().Compare(client) == "");
}

TEST_CASE_METHOD(ProcessFixture, "A session that is open when SIGTERM comes can still be committed") {
  {
    const auto server = Serve({"--drain_timeout=1h"});
    Register(server->address());
    OpenSession open(server->address(), "job");
    RpcClient client(server->address());
    Watch watch(client);
    watch.Next();
    server->Signal(SIGTERM);
    CHECK(watch.End().reason() == "DRAINING");
    REQUIRE(open.session().Ask(CommitRequest()).has_value());
    CHECK(open.session().Finish().ok());
    CHECK(server->Wait() == 0);
  }
  const auto server = Serve();
  RpcClient client(server->address());
  v1::ListTrialsRequest request;
  request.set_job_id("job");
  CHECK(client.Call(RpcClient::Optimizer::ListTrials, request).response.trials_size() == 1);
}

}  // namespace
}  // namespace zeus::bso::testing

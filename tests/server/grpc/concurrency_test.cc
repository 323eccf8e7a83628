// Many callers at once, over gRPC.
#include <algorithm>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "tests/server/grpc/rpc_fixture.h"

namespace zeus::bso::rpc {
namespace {

constexpr int kThreads = 16;

// What one thread met. Catch's assertions are for one thread only.
struct Outcome {
  std::vector<v1::Trial> trials;
  std::vector<std::string> errors;
};

class Crowd : public RpcFixture {
 public:
  // Runs `visit(thread, outcome)` in each of the threads at once, and checks that no call failed.
  template <typename Visit>
  std::vector<Outcome> Run(Visit visit) {
    std::vector<Outcome> outcomes(kThreads);
    std::vector<std::thread> threads;
    for (int i = 0; i < kThreads; ++i) threads.emplace_back([&, i] { visit(i, outcomes[static_cast<size_t>(i)]); });
    for (std::thread& thread : threads) thread.join();
    for (const Outcome& outcome : outcomes) CHECK(outcome.errors == std::vector<std::string>{});
    return outcomes;
  }

  // Starts a trial and notes it.
  void Start(testing::RpcClient& client, const std::string& job_id, Outcome& outcome) {
    const auto reply = client.Call(Optimizer::StartTrial, OfJob<v1::StartTrialRequest>(job_id));
    Note(reply, outcome);
    if (reply.ok()) outcome.trials.push_back(reply.response.trial());
  }

  // Reports the last trial of the outcome as converged.
  void Report(testing::RpcClient& client, Outcome& outcome) {
    if (outcome.trials.empty()) return;
    auto request = OfTrial<v1::ReportResultRequest>(outcome.trials.back());
    request.set_energy_joules(100 + static_cast<double>(outcome.trials.back().trial_number() % 7));
    request.set_metric(0.9);
    Note(client.Call(Optimizer::ReportResult, request), outcome);
  }

 private:
  template <typename Response>
  static void Note(const testing::Reply<Response>& reply, Outcome& outcome) {
    if (!reply.ok()) outcome.errors.push_back(reply.reason() + ": " + reply.status.error_message());
  }
};

// The numbers of all trials of a job, ascending.
std::vector<int64_t> Numbers(const std::vector<Outcome>& outcomes, const std::string& job_id) {
  std::vector<int64_t> numbers;
  for (const Outcome& outcome : outcomes) {
    for (const v1::Trial& trial : outcome.trials) {
      if (trial.job_id() == job_id) numbers.push_back(trial.trial_number());
    }
  }
  std::sort(numbers.begin(), numbers.end());
  return numbers;
}

std::vector<int64_t> NumbersUpTo(int64_t last) {
  std::vector<int64_t> numbers;
  for (int64_t number = 1; number <= last; ++number) numbers.push_back(number);
  return numbers;
}

TEST_CASE_METHOD(Crowd, "Sixteen callers of one job start trials 1 to n, none missing and none twice") {
  constexpr int kRounds = 25;
  RegisterJob();
  const auto outcomes = Run([&](int, Outcome& outcome) {
    testing::RpcClient client(server().server().addresses().front());
    for (int i = 0; i < kRounds; ++i) Start(client, "job", outcome);
  });
  CHECK(Numbers(outcomes, "job") == NumbersUpTo(kThreads * kRounds));
}

TEST_CASE_METHOD(Crowd, "Sixteen callers bring one job through both stages without losing a result") {
  constexpr int kRounds = 15;
  RegisterJob();
  const auto outcomes = Run([&](int, Outcome& outcome) {
    testing::RpcClient client(server().server().addresses().front());
    for (int i = 0; i < kRounds; ++i) {
      Start(client, "job", outcome);
      Report(client, outcome);
    }
  });
  CHECK(Numbers(outcomes, "job") == NumbersUpTo(kThreads * kRounds));
  for (const Outcome& outcome : outcomes) {
    for (const v1::Trial& trial : outcome.trials) CHECK(GetTrial(trial).status() == v1::TRIAL_STATUS_SUCCEEDED);
  }
  CHECK(GetJob().stage() == v1::STAGE_MAB);
  CHECK(GetJob().min_cost() == 100);
}

TEST_CASE_METHOD(Crowd, "Sixteen callers of eight jobs start trials 1 to n of each") {
  constexpr int kRounds = 40;
  constexpr int kJobs = 8;
  for (int i = 0; i < kJobs; ++i) RegisterJob(absl::StrCat("job-", i));
  const auto outcomes = Run([&](int thread, Outcome& outcome) {
    for (int i = 0; i < kRounds; ++i) Start(client(), absl::StrCat("job-", (thread + i) % kJobs), outcome);
  });
  for (int i = 0; i < kJobs; ++i) {
    CHECK(Numbers(outcomes, absl::StrCat("job-", i)) == NumbersUpTo(kThreads * kRounds / kJobs));
  }
}

TEST_CASE_METHOD(Crowd, "Of sixteen callers that register one job at once, one has created it") {
  std::vector<int> created(kThreads);
  Run([&](int thread, Outcome& outcome) {
    v1::RegisterJobRequest request;
    *request.mutable_spec() = testing::MakeSpecMessage();
    const auto reply = client().Call(Optimizer::RegisterJob, request);
    if (!reply.ok()) outcome.errors.push_back(reply.reason());
    created[static_cast<size_t>(thread)] = reply.response.created() ? 1 : 0;
  });
  CHECK(std::count(created.begin(), created.end(), 1) == 1);
}

}  // namespace
}  // namespace zeus::bso::rpc

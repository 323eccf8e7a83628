// When a call has answered, a kill of the server loses nothing of it.
#include <algorithm>
#include <atomic>
#include <limits>
#include <map>
#include <optional>
#include <random>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "google/protobuf/util/message_differencer.h"
#include "tests/server/process_fixture.h"

namespace zeus::bso::testing {
namespace {

using Optimizer = RpcClient::Optimizer;
using Service = RpcClient::Service;

constexpr int kRounds = 10;
constexpr int kClients = 4;
constexpr int kJobs = 3;

std::string JobId(int job) { return absl::StrCat("job-", job); }

// A trial as its client knows it.
struct Known {
  v1::Trial trial;                  // As the last answer had it, with the end that was answered.
  std::optional<v1::Trial> unsure;  // With the end that was asked for and not answered.
};

// A job that is registered and maybe deleted again: whether it exists. Absent: not answered.
using JobsThatMayExist = std::map<std::string, std::optional<bool>>;

// What one client was answered.
struct Ledger {
  std::vector<Known> trials;
  JobsThatMayExist jobs;
};

// A client that calls until a call fails, and keeps a ledger.
class Caller {
 public:
  Caller(const std::string& address, int number, std::atomic<int>& answers, Ledger& ledger)
      : client_(address), number_(number), answers_(answers), ledger_(ledger) {}

  void Run(int round) {
    for (int i = 0;; ++i) {
      if (!StartTrial(JobId((number_ + i) % kJobs))) return;
      if (!(i % 4 == 3 ? EndTrial() : Report(100 + (i * 7 + number_) % 50))) return;
      if (i % 8 == 0 && !ChurnJob(absl::StrCat("churn-", round, "-", number_, "-", i), i % 16 == 0)) return;
    }
  }

 private:
  template <typename Method, typename Request>
  auto Call(Method method, const Request& request) {
    auto reply = client_.Call(method, request);
    if (reply.ok()) ++answers_;
    return reply;
  }

  bool StartTrial(const std::string& job_id) {
    v1::StartTrialRequest request;
    request.set_job_id(job_id);
    const auto reply = Call(&Optimizer::StartTrial, request);
    if (reply.ok()) ledger_.trials.push_back({.trial = reply.response.trial(), .unsure = {}});
    return reply.ok();
  }

  // Reports the last trial as converged.
  bool Report(double energy) {
    Known& known = ledger_.trials.back();
    v1::ReportResultRequest request;
    request.set_job_id(known.trial.job_id());
    request.set_batch_size(known.trial.batch_size());
    request.set_trial_number(known.trial.trial_number());
    request.set_time_seconds(energy / 10);
    request.set_energy_joules(energy);
    request.set_metric(0.9);
    v1::Trial ended = known.trial;
    ended.set_status(v1::TRIAL_STATUS_SUCCEEDED);
    ended.set_time_seconds(request.time_seconds());
    ended.set_energy_joules(energy);
    ended.set_converged(true);
    return Settle(known, ended, Call(&Optimizer::ReportResult, request).ok());
  }

  bool EndTrial() {
    Known& known = ledger_.trials.back();
    v1::EndTrialRequest request;
    request.set_job_id(known.trial.job_id());
    request.set_batch_size(known.trial.batch_size());
    request.set_trial_number(known.trial.trial_number());
    v1::Trial ended = known.trial;
    ended.set_status(v1::TRIAL_STATUS_FAILED);
    return Settle(known, ended, Call(&Optimizer::EndTrial, request).ok());
  }

  static bool Settle(Known& known, const v1::Trial& ended, bool answered) {
    if (answered) {
      known.trial = ended;
    } else {
      known.unsure = ended;
    }
    return answered;
  }

  bool ChurnJob(const std::string& job_id, bool and_delete) {
    std::optional<bool>& exists = ledger_.jobs[job_id];
    v1::RegisterJobRequest request;
    *request.mutable_spec() = MakeSpecMessage(job_id);
    if (!Call(&Optimizer::RegisterJob, request).ok()) return false;
    exists = true;
    if (!and_delete) return true;
    exists = std::nullopt;
    v1::DeleteJobRequest deletion;
    deletion.set_job_id(job_id);
    if (!Call(&Optimizer::DeleteJob, deletion).ok()) return false;
    exists = false;
    return true;
  }

  RpcClient client_;
  const int number_;
  std::atomic<int>& answers_;
  Ledger& ledger_;
};

class Kill : public ProcessFixture {
 public:
  // Runs clients on a server, and kills it in their midst.
  void RunAndKill(int round, absl::Duration load) {
    const auto server = Serve();
    for (int job = 0; job < kJobs; ++job) CHECK(Register(server->address(), JobId(job)) == (round == 0));
    if (round > 0) CheckAll(server->address());
    std::vector<Ledger> ledgers(kClients);
    std::atomic<int> answers = 0;
    std::vector<std::thread> threads;
    for (int i = 0; i < kClients; ++i) {
      Ledger& ledger = ledgers[static_cast<size_t>(i)];
      threads.emplace_back([&, i] { Caller(server->address(), i, answers, ledger).Run(round); });
    }
    // Some calls have answered before.
    while (answers < 20) std::this_thread::yield();
    absl::SleepFor(load);
    server->Signal(SIGKILL);
    CHECK(server->Wait() == -SIGKILL);
    for (std::thread& thread : threads) thread.join();
    for (Ledger& ledger : ledgers) {
      known_.trials.insert(known_.trials.end(), ledger.trials.begin(), ledger.trials.end());
      known_.jobs.merge(ledger.jobs);
    }
  }

  // Checks everything that was ever answered against what the server says now.
  void CheckAll(const std::string& address) {
    RpcClient client(address);
    for (int job = 0; job < kJobs; ++job) CheckTrialsOf(client, JobId(job));
    for (const auto& [job_id, exists] : known_.jobs) {
      CAPTURE(job_id);
      v1::GetJobRequest request;
      request.set_job_id(job_id);
      const auto reply = client.Call(&Service::GetJob, request);
      REQUIRE(reply.ok());
      if (exists.has_value()) CHECK(reply.response.has_job() == *exists);
    }
  }

  size_t known_trials() const { return known_.trials.size(); }

 private:
  void CheckTrialsOf(RpcClient& client, const std::string& job_id) {
    const std::vector<v1::Trial> stored = ListTrials(client, job_id);
    double least_cost = std::numeric_limits<double>::infinity();
    v1::Stage stage = v1::STAGE_PRUNING;
    for (Known& known : known_.trials) {
      if (known.trial.job_id() != job_id) continue;
      const auto index = static_cast<size_t>(known.trial.trial_number() - 1);
      INFO("known: " << known.trial.ShortDebugString());
      REQUIRE(index < stored.size());
      CheckTrial(known, stored[index]);
      if (known.trial.converged()) least_cost = std::min(least_cost, known.trial.energy_joules());
      if (known.trial.type() == v1::TRIAL_TYPE_MAB) stage = v1::STAGE_MAB;
    }
    v1::GetJobRequest request;
    request.set_job_id(job_id);
    const auto job = client.Call(&Service::GetJob, request).response.job();
    CHECK(job.stage() >= stage);
    if (least_cost < std::numeric_limits<double>::infinity()) {
      REQUIRE(job.has_min_cost());
      CHECK(job.min_cost() <= least_cost);
    }
    EndRunning(client, stored);
  }

  // Checks that a trial is stored as it was answered, or as it may have become.
  static void CheckTrial(Known& known, v1::Trial stored) {
    INFO("stored: " << stored.ShortDebugString());
    CHECK(stored.has_end_time() == (stored.status() != v1::TRIAL_STATUS_DISPATCHED));
    stored.clear_end_time();  // Not known to the client that reports.
    using google::protobuf::util::MessageDifferencer;
    if (known.unsure.has_value() && MessageDifferencer::Equals(stored, *known.unsure)) known.trial = *known.unsure;
    known.unsure.reset();
    CHECK(MessageDifferencer::Equals(stored, known.trial));
  }

  // All trials of a job, which are numbered 1, 2, 3 and so on.
  static std::vector<v1::Trial> ListTrials(RpcClient& client, const std::string& job_id) {
    std::vector<v1::Trial> trials;
    v1::ListTrialsRequest request;
    request.set_job_id(job_id);
    request.set_page_size(1000);
    do {
      const auto reply = client.Call(&Optimizer::ListTrials, request);
      REQUIRE(reply.ok());
      trials.insert(trials.end(), reply.response.trials().begin(), reply.response.trials().end());
      request.set_page_token(reply.response.next_page_token());
    } while (!request.page_token().empty());
    for (size_t i = 0; i < trials.size(); ++i) REQUIRE(trials[i].trial_number() == static_cast<int64_t>(i) + 1);
    return trials;
  }

  // Ends what the kill has left running, so that the next round starts trials of every type again.
  void EndRunning(RpcClient& client, const std::vector<v1::Trial>& stored) {
    for (const v1::Trial& trial : stored) {
      if (trial.status() != v1::TRIAL_STATUS_DISPATCHED) continue;
      v1::EndTrialRequest request;
      request.set_job_id(trial.job_id());
      request.set_batch_size(trial.batch_size());
      request.set_trial_number(trial.trial_number());
      REQUIRE(client.Call(&Optimizer::EndTrial, request).ok());
      for (Known& known : known_.trials) {
        const bool same = known.trial.job_id() == trial.job_id() && known.trial.trial_number() == trial.trial_number();
        if (same) known.trial.set_status(v1::TRIAL_STATUS_FAILED);
      }
    }
  }

  Ledger known_;
};

TEST_CASE_METHOD(Kill, "Whatever was answered under load is there after each of ten kills") {
  const unsigned seed = std::random_device()();
  CAPTURE(seed);
  std::mt19937 random(seed);
  for (int round = 0; round < kRounds; ++round) {
    CAPTURE(round);
    RunAndKill(round, absl::Milliseconds(std::uniform_int_distribution(0, 300)(random)));
  }
  CHECK(known_trials() > 0);
  const auto server = Serve();
  CheckAll(server->address());
  Stop(*server);
}

}  // namespace
}  // namespace zeus::bso::testing

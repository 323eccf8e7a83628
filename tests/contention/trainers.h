// Trainers: threads that run trials of a job and remember what they were answered.
#ifndef ZEUS_BSO_TESTS_CONTENTION_TRAINERS_H_
#define ZEUS_BSO_TESTS_CONTENTION_TRAINERS_H_

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "catch2/catch.hpp"
#include "tests/support/rpc_client.h"

namespace zeus::bso::testing {

using Optimizer = RpcClient::Optimizer;
using Service = RpcClient::Service;

// A trial as its trainer knows it.
struct AnsweredTrial {
  v1::Trial started;
  std::optional<v1::ReportResultRequest> last_report;  // The one that ended it; absent when it was ended as failed.
  v1::ReportResultResponse verdict;                    // The answer to it.
};

// Thread-safe.
class Journal {
 public:
  void Add(const AnsweredTrial& trial) {
    absl::MutexLock lock(&mutex_);
    trials_.emplace(std::pair(trial.started.job_id(), trial.started.trial_number()), trial);
  }
  void AddFailure(const std::string& what, const grpc::Status& status) {
    absl::MutexLock lock(&mutex_);
    failures_.push_back(what + ": " + status.error_message());
  }

  // To be called when the trainers are done.
  std::map<std::pair<std::string, int64_t>, AnsweredTrial> trials() const {
    absl::MutexLock lock(&mutex_);
    return trials_;
  }
  std::vector<std::string> failures() const {
    absl::MutexLock lock(&mutex_);
    return failures_;
  }

 private:
  mutable absl::Mutex mutex_;
  std::map<std::pair<std::string, int64_t>, AnsweredTrial> trials_ ABSL_GUARDED_BY(mutex_);
  std::vector<std::string> failures_ ABSL_GUARDED_BY(mutex_);
};

class Trainer {
 public:
  Trainer(const std::string& address, Journal& journal, uint32_t seed)
      : client_(address), journal_(journal), random_(seed) {}

  // Runs one trial of a job: a few epochs, then a result, converged or not, or none.
  void RunTrial(const std::string& job_id) {
    v1::StartTrialRequest start;
    start.set_job_id(job_id);
    const auto started = client_.Call(&Optimizer::StartTrial, start);
    if (!started.ok()) return journal_.AddFailure("StartTrial", started.status);
    AnsweredTrial trial{started.response.trial(), std::nullopt, {}};
    if (Chance(0.1)) {
      End(trial);
    } else {
      Train(trial);
    }
    journal_.Add(trial);
  }

 private:
  bool Chance(double probability) { return std::uniform_real_distribution<>(0, 1)(random_) < probability; }

  void End(const AnsweredTrial& trial) {
    v1::EndTrialRequest request;
    request.set_job_id(trial.started.job_id());
    request.set_batch_size(trial.started.batch_size());
    request.set_trial_number(trial.started.trial_number());
    const auto ended = client_.Call(&Optimizer::EndTrial, request);
    if (!ended.ok()) journal_.AddFailure("EndTrial", ended.status);
  }

  void Train(AnsweredTrial& trial) {
    const int max_epochs = 3;
    v1::ReportResultRequest report;
    report.set_job_id(trial.started.job_id());
    report.set_batch_size(trial.started.batch_size());
    report.set_trial_number(trial.started.trial_number());
    const double joules_per_epoch = std::uniform_real_distribution<>(100, 200)(random_);
    for (int epoch = 1; epoch <= max_epochs; ++epoch) {
      report.set_current_epoch(epoch);
      report.set_time_seconds(epoch);
      report.set_energy_joules(epoch * joules_per_epoch);
      // The sizes of the tests converge: else pruning could end a job early.
      report.set_metric(epoch == max_epochs || Chance(0.3) ? 1 : 0);
      const auto reported = client_.Call(&Optimizer::ReportResult, report);
      if (!reported.ok()) return journal_.AddFailure("ReportResult", reported.status);
      if (!reported.response.stop_train()) continue;
      trial.last_report = report;
      trial.verdict = reported.response;
      return;
    }
  }

  RpcClient client_;
  Journal& journal_;
  std::mt19937 random_;
};

// Runs `num_trainers` threads with a trainer each; `work` is called once on each.
inline void RunTrainers(const std::string& address, Journal& journal, int num_trainers,
                        const std::function<void(Trainer&, int)>& work) {
  std::vector<std::thread> threads;
  for (int i = 0; i < num_trainers; ++i) {
    threads.emplace_back([&, i] {
      Trainer trainer(address, journal, static_cast<uint32_t>(i));
      work(trainer, i);
    });
  }
  for (std::thread& thread : threads) thread.join();
}

}  // namespace zeus::bso::testing

#endif  // ZEUS_BSO_TESTS_CONTENTION_TRAINERS_H_

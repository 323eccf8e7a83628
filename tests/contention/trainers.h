// Trainers: threads that run trials of a job and remember what they were answered.
#ifndef ZEUS_BSO_TESTS_CONTENTION_TRAINERS_H_
#define ZEUS_BSO_TESTS_CONTENTION_TRAINERS_H_

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "tests/contention/client.h"

namespace zeus::bso::testing {

// A trial as its trainer knows it.
struct AnsweredTrial {
  Trial started;
  std::optional<Report> last_report;                  // The one that ended it; absent when it was ended as failed.
  Verdict verdict;                                    // The answer to it.
  std::optional<Report> first_report = std::nullopt;  // After the first epoch.
  int num_reports = 0;
};

// By job and trial number.
using AnsweredTrials = std::map<std::pair<std::string, int64_t>, AnsweredTrial>;

// Thread-safe.
class Journal {
 public:
  void Add(const AnsweredTrial& trial) {
    absl::MutexLock lock(&mutex_);
    trials_.emplace(std::pair(trial.started.job_id, trial.started.trial_number), trial);
  }
  void AddFailure(const std::string& what, const absl::Status& status) {
    absl::MutexLock lock(&mutex_);
    failures_.push_back(what + ": " + status.ToString());
  }

  // To be called when the trainers are done.
  AnsweredTrials trials() const {
    absl::MutexLock lock(&mutex_);
    return trials_;
  }
  std::vector<std::string> failures() const {
    absl::MutexLock lock(&mutex_);
    return failures_;
  }

 private:
  mutable absl::Mutex mutex_;
  AnsweredTrials trials_ ABSL_GUARDED_BY(mutex_);
  std::vector<std::string> failures_ ABSL_GUARDED_BY(mutex_);
};

class Trainer {
 public:
  Trainer(FrontEnd& front_end, Journal& journal, uint32_t seed)
      : client_(front_end.Connect()), journal_(journal), random_(seed) {}

  // Runs one trial of a job: a few epochs, then a result, converged or not, or none.
  void RunTrial(const std::string& job_id) {
    const auto started = client_->StartTrial(job_id);
    if (!started.ok()) return journal_.AddFailure("StartTrial", started.status());
    AnsweredTrial trial{*started, std::nullopt, {}};
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
    const auto ended = client_->EndTrial(KeyOf(trial.started));
    if (!ended.ok()) journal_.AddFailure("EndTrial", ended.status());
  }

  void Train(AnsweredTrial& trial) {
    const int max_epochs = 3;
    Report report{.trial = KeyOf(trial.started)};
    const double joules_per_epoch = std::uniform_real_distribution<>(100, 200)(random_);
    for (int epoch = 1; epoch <= max_epochs; ++epoch) {
      report.current_epoch = epoch;
      report.time_seconds = epoch;
      report.energy_joules = epoch * joules_per_epoch;
      // The sizes of the tests converge: else pruning could end a job early.
      report.metric = epoch == max_epochs || Chance(0.3) ? 1 : 0;
      const auto verdict = client_->ReportResult(report);
      if (!verdict.ok()) return journal_.AddFailure("ReportResult", verdict.status());
      if (!trial.first_report.has_value()) trial.first_report = report;
      ++trial.num_reports;
      if (!verdict->stop_train) continue;
      trial.last_report = report;
      trial.verdict = *verdict;
      return;
    }
  }

  const std::unique_ptr<Client> client_;
  Journal& journal_;
  std::mt19937 random_;
};

// Runs `num_trainers` threads with a trainer each; `work` is called once on each.
inline void RunTrainers(FrontEnd& front_end, Journal& journal, int num_trainers,
                        const std::function<void(Trainer&, int)>& work) {
  std::vector<std::thread> threads;
  for (int i = 0; i < num_trainers; ++i) {
    threads.emplace_back([&, i] {
      Trainer trainer(front_end, journal, static_cast<uint32_t>(i));
      work(trainer, i);
    });
  }
  for (std::thread& thread : threads) thread.join();
}

}  // namespace zeus::bso::testing

#endif  // ZEUS_BSO_TESTS_CONTENTION_TRAINERS_H_

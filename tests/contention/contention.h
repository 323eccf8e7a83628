// Trainers on jobs of a contended store, and what holds of the trials that they leave.
#ifndef ZEUS_BSO_TESTS_CONTENTION_CONTENTION_H_
#define ZEUS_BSO_TESTS_CONTENTION_CONTENTION_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "catch2/catch.hpp"
#include "tests/contention/contended_store.h"
#include "tests/contention/trainers.h"
#include "tests/model/printers.h"
#include "tests/support/specs.h"

namespace zeus::bso::testing {

class Contention {
 public:
  Contention() : client_(store_.front_end().Connect()) {}

  void Register(const JobSpec& spec) { REQUIRE(Value(client().RegisterJob(spec)).created); }

  void Train(const std::vector<std::string>& jobs, int num_trainers, int trials_each) {
    RunTrainers(store_.front_end(), journal_, num_trainers, [&](Trainer& trainer, int number) {
      for (int i = 0; i < trials_each; ++i) {
        trainer.RunTrial(jobs[static_cast<size_t>(number + i) % jobs.size()]);
      }
    });
    CHECK(journal_.failures() == std::vector<std::string>());
  }

  ContendedStore& store() { return store_; }
  Client& client() { return *client_; }
  Journal& journal() { return journal_; }

 private:
  ContendedStore store_;
  const std::unique_ptr<Client> client_;
  Journal journal_;
};

// Numbers are 1..n without gap or repeat, and each answered result is there once.
inline void CheckTrials(Contention& contention, const std::string& job_id, size_t expected) {
  const std::vector<Trial> trials = Value(contention.client().ListTrials(job_id));
  REQUIRE(trials.size() == expected);
  const AnsweredTrials answered = contention.journal().trials();
  for (size_t i = 0; i < trials.size(); ++i) {
    const Trial& trial = trials[i];
    REQUIRE(trial.trial_number == static_cast<int64_t>(i) + 1);
    const auto known = answered.find({job_id, trial.trial_number});
    REQUIRE(known != answered.end());
    const std::optional<Report>& report = known->second.last_report;
    Trial expected_trial = known->second.started;
    expected_trial.status = report.has_value() ? TrialStatus::kSucceeded : TrialStatus::kFailed;
    if (report.has_value()) {
      expected_trial.result = Result{*report->time_seconds, *report->energy_joules, known->second.verdict.converged};
    }
    CHECK(Describe(trial) == Describe(expected_trial));
    CHECK(trial.result == expected_trial.result);
  }
}

inline void CheckMinCost(Contention& contention, const std::string& job_id) {
  std::optional<double> least;
  for (const Trial& trial : Value(contention.client().ListTrials(job_id))) {
    if (!trial.result.has_value() || !trial.result->converged) continue;
    // With eta_knob 1 a cost is the energy.
    if (!least.has_value() || trial.result->energy_joules < *least) least = trial.result->energy_joules;
  }
  REQUIRE(least.has_value());
  CHECK(Value(contention.client().GetJob(job_id)).min_cost == least);
}

// Does with `copy` alone, one call after the other, what one change of the contended job did; it must go the same way.
inline void Repeat(Client& client, const AnsweredTrials& answered, const storage::JobChange& change,
                   const std::string& copy) {
  for (const Trial& started : change.trials_started) {
    const Trial again = Value(client.StartTrial(copy));
    const AnsweredTrial& known = answered.at({change.job_id, started.trial_number});
    REQUIRE(Describe(again) == Describe(known.started));
    REQUIRE(again.ticket == known.started.ticket);
    if (!known.first_report.has_value() || known.num_reports < 2) continue;
    Report first = *known.first_report;
    first.trial = KeyOf(again);
    REQUIRE_FALSE(Value(client.ReportResult(first)).stop_train);
  }
  for (const Trial& ended : change.trials_ended) {
    const AnsweredTrial& known = answered.at({change.job_id, ended.trial_number});
    const TrialKey key{copy, ended.batch_size, ended.trial_number};
    if (!known.last_report.has_value()) {
      Value(client.EndTrial(key));
      continue;
    }
    Report report = *known.last_report;
    report.trial = key;
    const Verdict verdict = Value(client.ReportResult(report));
    REQUIRE(verdict.stop_train == known.verdict.stop_train);
    REQUIRE(verdict.converged == known.verdict.converged);
    REQUIRE(verdict.message == known.verdict.message);
  }
}

}  // namespace zeus::bso::testing

#endif  // ZEUS_BSO_TESTS_CONTENTION_CONTENTION_H_

#include "tests/scenarios/recurrences.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <vector>

#include "server/random/pcg64.h"
#include "tests/scenarios/job_client.h"

namespace zeus::bso::scenarios {
namespace {

constexpr int kMaxTrials = 20;          // of a recurrence
constexpr double kShareOfCrash = 0.02;  // of an epoch's cost, until a run crashes or is out of memory
// The seeds of the reference implementation's simulator: its draws are repeated here.
constexpr uint64_t kFirstMabSeed = 78'777;
constexpr uint64_t kFirstSeed = 1'000;
constexpr double kMetricAtTarget = 1;
constexpr double kMetricBelowTarget = 0;

v1::JobSpec SpecOf(const Workload& workload, const std::string& job_id, uint64_t seed) {
  v1::JobSpec spec;
  spec.set_job_id(job_id);
  for (const int64_t batch_size : workload.batch_sizes) spec.add_batch_sizes(batch_size);
  spec.set_default_batch_size(workload.batch_sizes[workload.default_size]);
  spec.set_max_epochs(workload.max_epochs);
  spec.set_eta_knob(kEtaKnob);
  spec.set_mab_seed(kFirstMabSeed + seed);
  spec.set_max_power(workload.max_watts);
  spec.set_number_of_gpus(1);
  spec.set_gpu_model(workload.gpu_model);
  return spec;
}

// A trial in flight.
struct TrialRun {
  v1::Trial trial;
  SizeModel size;
  double epochs_to_target = 0;
  double report_factor = 1;
  Usage usage;
};

struct Trainer {
  double now = 0;  // the clock of the simulation, in joules of cost
  std::optional<int64_t> recurrence;
  int trials = 0;  // of the recurrence
  std::optional<TrialRun> run;
};

class Simulation {
 public:
  Simulation(const Workload& workload, const std::string& job_id, uint64_t seed, testing::RpcClient& client,
             const std::string& warm_start)
      : workload_(workload),
        random_(kFirstSeed + seed),
        job_(client, SpecOf(workload, job_id, seed), warm_start),
        spent_(static_cast<size_t>(workload.recurrences)) {}

  Outcome Run() {
    std::vector<Trainer> trainers(static_cast<size_t>(workload_.num_trainers));
    for (Trainer& trainer : trainers) StartRun(trainer);
    while (Trainer* const next = NextToFinishAnEpoch(trainers)) TrainEpoch(*next);

    for (int64_t i = 0; i < workload_.recurrences; ++i) {
      const double least = workload_.LeastCost(workload_.PhaseOf(i));
      outcome_.regret += (Spent(i) - least) / least;
    }
    return outcome_;
  }

 private:
  double& Spent(int64_t recurrence) { return spent_[static_cast<size_t>(recurrence)]; }

  // Null when all recurrences are done. The first one of a tie.
  Trainer* NextToFinishAnEpoch(std::vector<Trainer>& trainers) const {
    Trainer* next = nullptr;
    double earliest = 0;
    for (Trainer& trainer : trainers) {
      if (!trainer.run) continue;
      const double end = trainer.now + workload_.EpochCost(trainer.run->size);
      if (next == nullptr || end < earliest) {
        next = &trainer;
        earliest = end;
      }
    }
    return next;
  }

  // Starts trials until one trains, or until no recurrence is left.
  void StartRun(Trainer& trainer) {
    trainer.run.reset();
    while (TakeRecurrence(trainer)) {
      const v1::Trial trial = job_.Start();
      const bool outage = IsOutage(trial);
      if (!outage) ++trainer.trials;
      const std::vector<int64_t>& sizes = workload_.batch_sizes;
      const auto index = static_cast<size_t>(std::find(sizes.begin(), sizes.end(), trial.batch_size()) - sizes.begin());
      const SizeModel& size = workload_.PhaseOf(*trainer.recurrence)[index];
      double epochs_to_target = Draw(size.epochs);
      const auto shortened = workload_.shortened.find(trial.trial_number());
      if (shortened != workload_.shortened.end()) {
        epochs_to_target = std::max(1.0, std::round(epochs_to_target * shortened->second));
      }
      const std::optional<v1::TrialFailure> failure = FailureOf(size, outage);
      if (!failure) {
        trainer.run = {.trial = trial, .size = size, .epochs_to_target = epochs_to_target};
        const auto misreported = workload_.misreported.find(trial.trial_number());
        if (misreported != workload_.misreported.end()) trainer.run->report_factor = misreported->second;
        return;
      }
      Spent(*trainer.recurrence) += kShareOfCrash * workload_.EpochCost(size);
      job_.End(trial, *failure);
    }
  }

  // The recurrence to go on with, or the next one. False if none is left.
  bool TakeRecurrence(Trainer& trainer) {
    if (trainer.recurrence && trainer.trials >= kMaxTrials) {
      ++outcome_.failed_recurrences;
      double& spent = Spent(*trainer.recurrence);
      spent = std::max(spent, workload_.LeastCost(workload_.PhaseOf(*trainer.recurrence)));
      trainer.recurrence.reset();
    }
    if (trainer.recurrence) return true;
    if (num_started_ == workload_.recurrences) return false;
    trainer.recurrence = num_started_++;
    trainer.trials = 0;
    return true;
  }

  bool IsOutage(const v1::Trial& trial) const {
    const int64_t since_begin = trial.trial_number() - workload_.first_failing_trial;
    return since_begin >= 0 && since_begin < workload_.num_failing_trials;
  }

  // How a trial fails at once, if it does.
  static std::optional<v1::TrialFailure> FailureOf(const SizeModel& size, bool outage) {
    if (outage || size.crashes) return v1::TRIAL_FAILURE_FAILED;
    if (size.runs_out_of_memory) return v1::TRIAL_FAILURE_INFEASIBLE;
    return std::nullopt;
  }

  double Draw(const std::vector<double>& values) {
    const auto last = static_cast<uint32_t>(values.size() - 1);
    return values[last == 0 ? 0 : random_.NextUpTo(last)];
  }

  void TrainEpoch(Trainer& trainer) {
    TrialRun& run = *trainer.run;
    Usage& usage = run.usage;
    ++usage.epochs;
    const double seconds = run.size.epoch_seconds * (usage.epochs == 1 ? workload_.first_epoch_times : 1);
    usage.seconds += seconds;
    usage.joules += seconds * run.size.watts;
    trainer.now += workload_.EpochCost(run.size);

    const Usage reported = {.epochs = usage.epochs,
                            .seconds = usage.seconds * run.report_factor,
                            .joules = usage.joules * run.report_factor};
    const bool reached = static_cast<double>(usage.epochs) >= run.epochs_to_target;
    const auto verdict = job_.Report(run.trial, reported, reached ? kMetricAtTarget : kMetricBelowTarget);
    CHECK(verdict.converged() == reached);
    if (!verdict.stop_train()) return;
    Spent(*trainer.recurrence) += kEtaKnob * usage.joules + (1 - kEtaKnob) * workload_.max_watts * usage.seconds;
    if (reached) trainer.recurrence.reset();
    StartRun(trainer);
  }

  const Workload& workload_;
  random::Pcg64 random_;
  JobClient job_;
  std::vector<double> spent_;  // by recurrence
  int64_t num_started_ = 0;    // recurrences
  Outcome outcome_;
};

}  // namespace

Outcome RunRecurrences(const Workload& workload, const std::string& job_id, uint64_t seed, testing::RpcClient& client,
                       const std::string& warm_start) {
  return Simulation(workload, job_id, seed, client, warm_start).Run();
}

}  // namespace zeus::bso::scenarios

// One optimizer call per session, as training loops make them.
#ifndef ZEUS_BSO_TESTS_SERVER_SERVICE_OPTIMIZER_FIXTURE_H_
#define ZEUS_BSO_TESTS_SERVER_SERVICE_OPTIMIZER_FIXTURE_H_

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "server/service/optimizer.h"
#include "tests/server/service/fixture.h"

namespace zeus::bso::testing {

// A job of these sizes that is pruned in one round and never stops early; with eta_knob 1 a cost is the energy.
inline JobSpec PlainSpec(std::vector<int64_t> batch_sizes, int64_t default_batch_size) {
  JobSpec spec = MakeSpec();
  spec.batch_sizes = std::move(batch_sizes);
  spec.default_batch_size = default_batch_size;
  spec.num_pruning_rounds = 1;
  spec.beta_knob = std::nullopt;
  return spec;
}

class OptimizerFixture : public ServiceFixture {
 public:
  absl::Status RunOptimizer(absl::FunctionRef<absl::Status(Optimizer&)> body) {
    return Run([&](ZeusService& service) {
      Optimizer optimizer(service);
      return body(optimizer);
    });
  }

  // The status of a registration; whether it created the job, in `created`.
  absl::Status TryRegister(const JobSpec& spec, bool* created = nullptr) {
    return RunOptimizer([&](Optimizer& optimizer) {
      const absl::StatusOr<Registration> registration = optimizer.Register(spec);
      if (registration.ok() && created != nullptr) *created = registration->created;
      return registration.status();
    });
  }

  absl::Status TryStart(const std::string& job_id = "job") {
    return RunOptimizer([&](Optimizer& optimizer) { return optimizer.StartTrial(job_id).status(); });
  }

  absl::Status TryHeartbeat(const TrialKey& key, std::optional<absl::Duration> interval = std::nullopt) {
    return RunOptimizer([&](Optimizer& optimizer) { return optimizer.Heartbeat(key, interval).status(); });
  }

  absl::StatusOr<Verdict> TryReport(const Report& report) {
    absl::StatusOr<Verdict> verdict = absl::UnknownError("not called");
    const absl::Status status = RunOptimizer([&](Optimizer& optimizer) {
      verdict = optimizer.TakeReport(report);
      return verdict.status();
    });
    CHECK(status == verdict.status());
    return verdict;
  }

  absl::Status TryEnd(const TrialKey& key, TrialFailure failure = TrialFailure::kFailed) {
    return RunOptimizer([&](Optimizer& optimizer) { return optimizer.EndTrial(key, failure).status(); });
  }

  // Whether the trial is alive at a look of the server.
  bool LookAt(const Trial& trial) {
    bool alive = false;
    Commit([&](ZeusService& service) {
      Value(service.GetJob(trial.job_id));
      alive = Value(service.LookAt(*Value(service.GetTrial(KeyOf(trial)))));
    });
    return alive;
  }

  absl::Status TryDelete(const std::string& job_id) {
    return RunOptimizer([&](Optimizer& optimizer) { return optimizer.DeleteJob(job_id); });
  }

  Trial Start(const std::string& job_id = "job", const std::string& client_id = "") {
    Trial trial;
    REQUIRE_THAT(RunOptimizer([&](Optimizer& optimizer) {
                   const absl::StatusOr<StartedRun> started = optimizer.StartTrial(job_id, client_id);
                   if (started.ok()) trial = *started->trial;
                   return started.status();
                 }),
                 IsOk());
    return trial;
  }

  // Ends a trial that was started by this, as failed.
  Trial StartAndFail(TrialFailure failure, const std::string& job_id = "job") {
    const Trial trial = Start(job_id);
    REQUIRE_THAT(TryEnd(KeyOf(trial), failure), IsOk());
    return trial;
  }

  // Reports that the trial reached its target in the first epoch, at this cost.
  Verdict ReachTarget(const Trial& trial, double cost) {
    return Value(TryReport({KeyOf(trial), /*time_seconds=*/10, cost, /*metric=*/1, /*current_epoch=*/1}));
  }

  // Reports that the trial has done all its epochs without reaching its target, at this cost.
  Verdict RunOut(const Trial& trial, double cost) {
    return Value(TryReport({KeyOf(trial), /*time_seconds=*/10, cost, /*metric=*/0, /*current_epoch=*/100}));
  }
};

}  // namespace zeus::bso::testing

#endif  // ZEUS_BSO_TESTS_SERVER_SERVICE_OPTIMIZER_FIXTURE_H_

// Jobs of the curves policy over the wire.
#ifndef ZEUS_BSO_TESTS_SERVER_GRPC_CURVES_JOBS_H_
#define ZEUS_BSO_TESTS_SERVER_GRPC_CURVES_JOBS_H_

#include <cstdint>
#include <string>

#include "tests/server/grpc/rpc_fixture.h"

namespace zeus::bso::rpc {

inline v1::JobSpec CurvesSpecMessage(const std::string& job_id = "job") {
  v1::JobSpec spec = testing::MakeSpecMessage(job_id);
  spec.set_policy(v1::POLICY_CURVES);
  spec.set_mab_seed(7);
  return spec;
}

// With eta_knob 1 the energy is the cost.
inline v1::ReportResultRequest ReportOf(const v1::Trial& trial, int64_t epoch, double energy, double metric = 0) {
  auto report = OfTrial<v1::ReportResultRequest>(trial);
  report.set_time_seconds(energy / 10);
  report.set_energy_joules(energy);
  report.set_metric(metric);
  report.set_current_epoch(epoch);
  return report;
}

inline v1::ReportResultResponse Report(RpcFixture& fixture, const v1::Trial& trial, int64_t epoch, double energy,
                                       double metric = 0) {
  return Answer(fixture.Call(Optimizer::ReportResult, ReportOf(trial, epoch, energy, metric)));
}

inline v1::Trial EndAs(RpcFixture& fixture, const v1::Trial& trial, v1::TrialFailure failure) {
  auto request = OfTrial<v1::EndTrialRequest>(trial);
  request.set_failure(failure);
  return Answer(fixture.Call(Optimizer::EndTrial, request)).trial();
}

// Runs trainings one after the other, some of which fail; what they were answered. Draws decide most of the sizes.
inline std::string TrainCurves(RpcFixture& fixture, int num_trials) {
  std::string told;
  for (int i = 0; i < num_trials; ++i) {
    const v1::Trial trial = fixture.StartTrial();
    const int64_t number = trial.trial_number();
    told += std::to_string(trial.batch_size()) + " " + v1::TrialType_Name(trial.type()) + " " +
            trial.curves_ticket().ShortDebugString() + "\n";
    if (number % 7 == 5) {
      EndAs(fixture, trial, number % 2 == 0 ? v1::TRIAL_FAILURE_NOT_CONVERGED : v1::TRIAL_FAILURE_FAILED);
      continue;
    }
    const double energy =
        10.0 + static_cast<double>(trial.batch_size() % 50) / 5 + static_cast<double>(number % 5) / 10;
    for (const int64_t epoch : {1, 2, 3, 4, 5, 6, 7, 100}) {
      const double metric = epoch == 5 + number % 3 && number % 6 != 4 ? 1 : 0;
      const auto verdict = Report(fixture, trial, epoch, energy * static_cast<double>(epoch), metric);
      if (!verdict.stop_train()) continue;
      told += verdict.message() + "\n";
      break;
    }
  }
  return told;
}

}  // namespace zeus::bso::rpc

#endif  // ZEUS_BSO_TESTS_SERVER_GRPC_CURVES_JOBS_H_

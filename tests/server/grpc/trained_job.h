// Jobs to be exported and imported.
#ifndef ZEUS_BSO_TESTS_SERVER_GRPC_TRAINED_JOB_H_
#define ZEUS_BSO_TESTS_SERVER_GRPC_TRAINED_JOB_H_

#include <cstdint>
#include <string>

#include "tests/server/grpc/rpc_fixture.h"
#include "tests/support/job_transfer.h"

namespace zeus::bso::rpc {

// Runs trainings one after the other; what they were told.
inline std::string Train(RpcFixture& fixture, int num_trials) {
  std::string told;
  for (int i = 0; i < num_trials; ++i) {
    v1::Trial trial = fixture.StartTrial();
    const double energy =
        100.0 + static_cast<double>(trial.batch_size()) + 7 * static_cast<double>(trial.trial_number() % 5);
    told += std::to_string(trial.batch_size()) + " " + v1::TrialType_Name(trial.type()) + " ";
    told += Answer(fixture.ReportConverged(trial, energy)).message() + "\n";
  }
  return told;
}

// Of a job whose draws are always the same.
inline v1::JobSpec SeededSpec(int64_t window_size = 0) {
  v1::JobSpec spec = testing::MakeSpecMessage();
  spec.set_mab_seed(7);
  spec.set_window_size(window_size);
  return spec;
}

// A job that has been through pruning, with a trial of each status.
inline testing::JobRecords TrainedJob(RpcFixture& fixture, int64_t window_size = 0) {
  Answer(fixture.Register(SeededSpec(window_size)));
  Train(fixture, 20);
  Answer(fixture.Call(Optimizer::EndTrial, OfTrial<v1::EndTrialRequest>(fixture.StartTrial())));
  auto request = OfJob<v1::StartTrialRequest>();
  request.set_client_id("node-1");
  Answer(fixture.Call(Optimizer::StartTrial, request));
  return Answer(testing::ExportJob(fixture.client()));
}

}  // namespace zeus::bso::rpc

#endif  // ZEUS_BSO_TESTS_SERVER_GRPC_TRAINED_JOB_H_

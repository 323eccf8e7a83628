#include "tests/soak/trainer.h"

namespace zeus::bso::testing {
namespace {

using Optimizer = RpcClient::Optimizer;

constexpr int kEpochs = 4;

}  // namespace

void SetBatchSizes(v1::JobSpec& spec, int number) {
  spec.clear_batch_sizes();
  for (int size = 1; size <= number; ++size) spec.add_batch_sizes(size);
}

void Trainer::Register(const v1::JobSpec& spec) {
  v1::RegisterJobRequest request;
  *request.mutable_spec() = spec;
  progress_.Expect("RegisterJob", client_.Call(Optimizer::RegisterJob, request).status);
}

void Trainer::Delete(const std::string& job_id) {
  v1::DeleteJobRequest request;
  request.set_job_id(job_id);
  if (progress_.Expect("DeleteJob", client_.Call(Optimizer::DeleteJob, request).status)) {
    progress_.Count(Deed::kJobDeleted);
  }
}

void Trainer::RunTrial(const std::string& job_id) {
  v1::StartTrialRequest start;
  start.set_job_id(job_id);
  const auto started = client_.Call(Optimizer::StartTrial, start);
  if (!progress_.Expect("StartTrial", started.status)) return;
  progress_.Count(Deed::kTrial);
  const v1::Trial& trial = started.response.trial();
  if (++num_trials_ % 8 == 0) {
    v1::EndTrialRequest end;
    end.set_job_id(job_id);
    end.set_batch_size(trial.batch_size());
    end.set_trial_number(trial.trial_number());
    progress_.Expect("EndTrial", client_.Call(Optimizer::EndTrial, end).status);
    return;
  }
  v1::ReportResultRequest report;
  report.set_job_id(job_id);
  report.set_batch_size(trial.batch_size());
  report.set_trial_number(trial.trial_number());
  for (int epoch = 1; epoch <= kEpochs; ++epoch) {
    report.set_current_epoch(epoch);
    report.set_time_seconds(epoch);
    // Costs differ from trial to trial, and stay within beta_knob of each other: else pruning would end the job.
    report.set_energy_joules(epoch * (100 + num_trials_ % 10));
    report.set_metric(epoch == kEpochs ? 1 : 0);
    if (!progress_.Expect("ReportResult", client_.Call(Optimizer::ReportResult, report).status)) return;
  }
}

}  // namespace zeus::bso::testing

#include "tests/vectors/job_calls.h"

#include "tests/vectors/recorded_run.h"

namespace zeus::bso::curves::vectors {
namespace {

constexpr double kMetricOfTarget = 1;
constexpr double kMetricBelowTarget = 0;

// 0 says that the cost is unknown.
double JoulesOf(const Progress& progress) { return KnownCost(progress.cost).value_or(0); }

}  // namespace

void JobCalls::Register(v1::JobSpec spec, const std::string& warm_start) {
  v1::RegisterJobRequest request;
  *request.mutable_spec() = std::move(spec);
  request.mutable_spec()->set_job_id(job_id_);
  request.set_warm_start(warm_start);
  Call(Optimizer::RegisterJob, request);
}

void JobCalls::Profile(int64_t batch_size, double epoch_cost, double relative_error) {
  auto request = AboutJob<v1::ProfileJobRequest>();
  v1::EpochProfile& profile = *request.add_profiles();
  profile.set_batch_size(batch_size);
  profile.set_joules(epoch_cost);
  profile.set_relative_error(relative_error);
  Call(Optimizer::ProfileJob, request);
}

v1::ExplainJobResponse JobCalls::Explain() { return Call(Optimizer::ExplainJob, AboutJob<v1::ExplainJobRequest>()); }

v1::Trial JobCalls::Start() { return Call(Optimizer::StartTrial, AboutJob<v1::StartTrialRequest>()).trial(); }

v1::ReportResultResponse JobCalls::Report(const v1::Trial& trial, const Progress& progress, bool reaches_target) {
  auto request = AboutTrial<v1::ReportResultRequest>(trial);
  request.set_time_seconds(0);
  request.set_energy_joules(JoulesOf(progress));
  request.set_metric(reaches_target ? kMetricOfTarget : kMetricBelowTarget);
  request.set_current_epoch(progress.epochs);
  return Call(Optimizer::ReportResult, request);
}

void JobCalls::EndWithout(const v1::Trial& trial, v1::TrialFailure failure) {
  auto request = AboutTrial<v1::EndTrialRequest>(trial);
  request.set_failure(failure);
  Call(Optimizer::EndTrial, request);
}

void JobCalls::Stop(const v1::Trial& trial, const Progress& progress) {
  auto request = AboutTrial<v1::UpdateTrialRequest>(trial);
  request.set_status(v1::TRIAL_STATUS_SUCCEEDED);
  request.set_time_seconds(0);
  request.set_energy_joules(JoulesOf(progress));
  request.set_converged(false);
  request.set_epochs(progress.epochs);
  Call(Service::UpdateTrial, request);
}

}  // namespace zeus::bso::curves::vectors

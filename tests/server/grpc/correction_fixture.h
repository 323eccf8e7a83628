// VoidTrial and ResetBatchSize, and jobs to correct with them.
#ifndef ZEUS_BSO_TESTS_SERVER_GRPC_CORRECTION_FIXTURE_H_
#define ZEUS_BSO_TESTS_SERVER_GRPC_CORRECTION_FIXTURE_H_

#include <string>

#include "absl/time/clock.h"
#include "tests/server/grpc/curves_jobs.h"
#include "tests/support/job_transfer.h"

namespace zeus::bso::rpc {

class CorrectionFixture : public RpcFixture {
 public:
  static v1::VoidTrialRequest VoidOf(const v1::Trial& trial, const std::string& reason = "the disk was full") {
    auto request = OfTrial<v1::VoidTrialRequest>(trial);
    request.set_reason(reason);
    return request;
  }

  v1::VoidTrialResponse Void(const v1::Trial& trial) { return Answer(Call(Optimizer::VoidTrial, VoidOf(trial))); }

  v1::ResetBatchSizeResponse Reset(int64_t batch_size) {
    return Answer(Call(Optimizer::ResetBatchSize, OfSize<v1::ResetBatchSizeRequest>(batch_size)));
  }

  void RegisterAs(v1::Policy policy, const std::string& job_id = "job") {
    v1::JobSpec spec = testing::MakeSpecMessage(job_id);
    spec.set_policy(policy);
    Answer(Register(spec));
  }

  // A trial at a size of the test's choice, which ends at this report.
  v1::Trial Run(int64_t batch_size, double energy, bool converges = true, const std::string& job_id = "job") {
    const v1::Trial trial = CreateTrial(batch_size, v1::TRIAL_TYPE_MAB, job_id);
    Answer(converges ? ReportConverged(trial, energy) : ReportNotConverged(trial, energy));
    return GetTrial(trial);
  }

  v1::Trial Fail(int64_t batch_size, v1::TrialFailure failure, const std::string& job_id = "job") {
    return EndAs(*this, CreateTrial(batch_size, v1::TRIAL_TYPE_MAB, job_id), failure);
  }

  // Returns when the job is not being learned anew.
  v1::Job AwaitLearned(const std::string& job_id = "job") {
    v1::Job job = GetJob(job_id);
    for (; job.is_learning_anew(); job = GetJob(job_id)) absl::SleepFor(absl::Milliseconds(1));
    return job;
  }

  testing::JobRecords Export(const std::string& job_id = "job") { return Answer(testing::ExportJob(client(), job_id)); }

  // What POLICY_CURVES knows of the job, but for counts, trial numbers and revisions.
  std::string Knowledge(const std::string& job_id) {
    std::string text;
    for (v1::JobRecord& record : Export(job_id)) {
      if (record.has_curves_job()) text += record.curves_job().DebugString();
      if (!record.has_curves_size()) continue;
      v1::CurvesSizeState& size = *record.mutable_curves_size();
      size.clear_num_trials();
      size.clear_last_converged_trial();
      size.clear_last_failed_trial();
      size.clear_last_infeasible_trial();
      size.clear_profile_revision();
      text += size.DebugString();
    }
    return text;
  }

  void CheckMovable(const std::string& job_id = "job") {
    RpcFixture other;
    Answer(testing::ImportJob(other.client(), Export(job_id)));
  }
};

}  // namespace zeus::bso::rpc

#endif  // ZEUS_BSO_TESTS_SERVER_GRPC_CORRECTION_FIXTURE_H_

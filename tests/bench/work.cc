#include "tests/bench/work.h"

#include <atomic>
#include <memory>
#include <optional>
#include <string>

#include "tests/bench/calls.h"

namespace zeus::bso::bench {
namespace {

grpc::Status Unexpected(const std::string& what) { return {grpc::StatusCode::INTERNAL, what}; }

// What a trial reports after an epoch: with the last one the target metric is reached. All epochs cost the same, so
// that no policy stops it before.
void FillReport(const TrialKey& trial, int epoch, bool last, v1::ReportResultRequest& report) {
  const Result result = MakeResult(trial.trial_number);
  report.set_job_id(trial.job_id);
  report.set_batch_size(trial.batch_size);
  report.set_trial_number(trial.trial_number);
  report.set_time_seconds(result.time_seconds * epoch / kEpochsOfALife);
  report.set_energy_joules(result.energy_joules * epoch / kEpochsOfALife);
  report.set_metric(last ? kTargetReached : 0.1);
  report.set_current_epoch(epoch);
}

Task Report(Slot& slot, const TrialKey& trial, int epoch, bool last) {
  UnaryCall call(slot.connection->optimizer(), &OptimizerStub::ReportResult);
  FillReport(trial, epoch, last, call.request);
  const grpc::Status status = co_await call;
  if (status.ok() && call.response.stop_train() != last) co_return Unexpected(call.response.message());
  co_return status;
}

Task Start(Slot& slot, const std::string& job_id, TrialKey& trial) {
  UnaryCall call(slot.connection->optimizer(), &OptimizerStub::StartTrial);
  call.request.set_job_id(job_id);
  const grpc::Status status = co_await call;
  trial = {job_id, call.response.trial().batch_size(), call.response.trial().trial_number()};
  co_return status;
}

Task CallEmpty(Slot& slot) {
  UnaryCall call(slot.connection->empty(), &EmptyStub::Call);
  const grpc::Status status = co_await call;
  co_return status;
}

Task StartIntoPool(Slot& slot, const JobGroup& jobs, TrialPool& pool) {
  const std::string job_id = jobs.JobId(slot.Pick(jobs.num_jobs));
  TrialKey trial;
  const grpc::Status status = co_await Start(slot, job_id, trial);
  if (status.ok()) pool.Put(trial);
  co_return status;
}

Task ExploreIntoPool(Slot& slot, const JobGroup& jobs, TrialPool& pool) {
  UnaryCall call(slot.connection->service(), &ServiceStub::CreateTrial);
  const std::string job_id = jobs.JobId(slot.Pick(jobs.num_jobs));
  const int64_t batch_size = kBatchSizes[static_cast<size_t>(slot.Pick(kBatchSizes.size()))];
  call.request.set_job_id(job_id);
  call.request.set_batch_size(batch_size);
  call.request.set_type(v1::TRIAL_TYPE_EXPLORATION);
  const grpc::Status status = co_await call;
  if (status.ok()) pool.Put({job_id, batch_size, call.response.trial().trial_number()});
  co_return status;
}

Task ReportFromPool(Slot& slot, TrialPool& pool) {
  const std::optional<TrialKey> trial = pool.Take();
  if (!trial.has_value()) co_return grpc::Status(kNoMoreWork, "");
  const grpc::Status status = co_await Report(slot, *trial, kEpochsOfALife, true);
  co_return status;
}

Task ReportRunning(Slot& slot, const JobGroup& jobs) {
  const TrialKey trial{jobs.JobId(slot.Pick(jobs.num_jobs)), kDefaultBatchSize, kRunningTrial};
  const grpc::Status status = co_await Report(slot, trial, 1, false);
  co_return status;
}

Task Live(Slot& slot, const JobGroup& jobs) {
  const std::string job_id = jobs.JobId(slot.Pick(jobs.num_jobs));
  TrialKey trial;
  grpc::Status status = co_await Start(slot, job_id, trial);
  for (int epoch = 1; status.ok() && epoch <= kEpochsOfALife; ++epoch) {
    status = co_await Report(slot, trial, epoch, epoch == kEpochsOfALife);
  }
  co_return status;
}

Task RunFive(Slot& slot, const std::string& job_id, bool reserve) {
  SessionStream session(slot.connection->service());
  if (reserve) session.request.add_reserve(job_id);
  session.request.mutable_get_job()->set_job_id(job_id);
  bool ok = co_await session.Ask();
  session.request.clear_reserve();
  if (ok) {
    session.request.mutable_get_arms()->set_job_id(job_id);
    ok = co_await session.Ask();
  }
  if (ok) {
    auto& draw = *session.request.mutable_get_random_choices();
    draw.set_job_id(job_id);
    for (const auto& arm : session.response.get_arms().arms()) draw.add_choices(arm.batch_size());
    ok = co_await session.Ask();
  }
  const int64_t batch_size = ok ? session.response.get_random_choices().choices(0) : 0;
  if (ok) {
    auto& get_arm = *session.request.mutable_get_arm();
    get_arm.set_job_id(job_id);
    get_arm.set_batch_size(batch_size);
    ok = co_await session.Ask();
  }
  if (ok) {
    auto& create = *session.request.mutable_create_trial();
    create.set_job_id(job_id);
    create.set_batch_size(batch_size);
    create.set_type(v1::TRIAL_TYPE_MAB);
    ok = co_await session.Ask();
  }
  if (ok) {
    session.request.mutable_commit();
    ok = co_await session.AskLast();
  }
  const grpc::Status status = co_await session.Done();
  if (status.ok() && !session.response.has_commit()) co_return Unexpected("no answer to the commit");
  co_return status;
}

Task RunSession(Slot& slot, const std::string& job_id) { return RunFive(slot, job_id, /*reserve=*/false); }

Task RunReservedSession(Slot& slot, const std::string& job_id) { return RunFive(slot, job_id, /*reserve=*/true); }

Task RunSequence(Slot& slot, const std::string& job_id) {
  SessionStream session(slot.connection->service());
  auto& requests = *session.request.mutable_sequence()->mutable_requests();
  requests.Add()->mutable_get_job()->set_job_id(job_id);
  requests.Add()->mutable_get_arms()->set_job_id(job_id);
  auto& draw = *requests.Add()->mutable_get_random_choices();
  draw.set_job_id(job_id);
  for (const int64_t size : kBatchSizes) draw.add_choices(size);
  const int64_t batch_size = kBatchSizes[static_cast<size_t>(slot.Pick(kBatchSizes.size()))];
  auto& get_arm = *requests.Add()->mutable_get_arm();
  get_arm.set_job_id(job_id);
  get_arm.set_batch_size(batch_size);
  auto& create = *requests.Add()->mutable_create_trial();
  create.set_job_id(job_id);
  create.set_batch_size(batch_size);
  create.set_type(v1::TRIAL_TYPE_MAB);
  requests.Add()->mutable_commit();
  co_await session.AskLast();
  const grpc::Status status = co_await session.Done();
  if (status.ok() && session.response.sequence().responses_size() != requests.size()) {
    co_return Unexpected("no answer to a request");
  }
  co_return status;
}

Task RepeatUntilCommitted(Slot& slot, const JobGroup& jobs, Task (*run)(Slot&, const std::string&)) {
  const std::string job_id = jobs.JobId(slot.Pick(jobs.num_jobs));
  while (true) {
    const grpc::Status status = co_await run(slot, job_id);
    if (status.error_code() != grpc::StatusCode::ABORTED) co_return status;
    ++slot.repeats;
  }
}

Task LiveAndCommit(Slot& slot, const JobGroup& jobs, bool reserve) {
  const grpc::Status lived = co_await Live(slot, jobs);
  if (!lived.ok()) co_return lived;
  const grpc::Status status = co_await RepeatUntilCommitted(slot, jobs, reserve ? RunReservedSession : RunSession);
  co_return status;
}

Task List(Slot& slot, const JobGroup& jobs) {
  UnaryCall call(slot.connection->optimizer(), &OptimizerStub::ListTrials);
  call.request.set_job_id(jobs.JobId(slot.Pick(jobs.num_jobs)));
  call.request.set_page_size(kPageSize);
  const grpc::Status status = co_await call;
  if (status.ok() && call.response.trials_size() != kPageSize) co_return Unexpected("not a full page");
  co_return status;
}

Task ListJobsOnce(Slot& slot) {
  UnaryCall call(slot.connection->optimizer(), &OptimizerStub::ListJobs);
  call.request.set_page_size(kPageSize);
  const grpc::Status status = co_await call;
  co_return status;
}

Task EndFromPool(Slot& slot, TrialPool& pool) {
  const std::optional<TrialKey> trial = pool.Take();
  if (!trial.has_value()) co_return grpc::Status(kNoMoreWork, "");
  UnaryCall call(slot.connection->optimizer(), &OptimizerStub::EndTrial);
  call.request.set_job_id(trial->job_id);
  call.request.set_batch_size(trial->batch_size);
  call.request.set_trial_number(trial->trial_number);
  const grpc::Status status = co_await call;
  co_return status;
}

Task Register(Slot& slot) {
  UnaryCall call(slot.connection->optimizer(), &OptimizerStub::RegisterJob);
  v1::JobSpec& spec = *call.request.mutable_spec();
  spec.set_job_id_prefix("new");
  for (const int64_t size : kBatchSizes) spec.add_batch_sizes(size);
  spec.set_default_batch_size(kDefaultBatchSize);
  spec.set_max_power(300);
  spec.set_number_of_gpus(1);
  spec.set_gpu_model("V100");
  spec.set_policy(v1::POLICY_ZEUS);
  const grpc::Status status = co_await call;
  co_return status;
}

Task Delete(Slot& slot, const JobGroup& jobs, std::atomic<int64_t>& next) {
  const int64_t number = next.fetch_add(1);
  if (number >= jobs.num_jobs) co_return grpc::Status(kNoMoreWork, "");
  UnaryCall call(slot.connection->optimizer(), &OptimizerStub::DeleteJob);
  call.request.set_job_id(jobs.JobId(number));
  const grpc::Status status = co_await call;
  co_return status;
}

}  // namespace

Work EmptyCall() { return CallEmpty; }

Work KeepTraining(const JobGroup& jobs) {
  return [&jobs](Slot& slot) { return ReportRunning(slot, jobs); };
}

Work StartTrial(const JobGroup& jobs, TrialPool& pool) {
  return [&](Slot& slot) { return StartIntoPool(slot, jobs, pool); };
}

Work StartExploration(const JobGroup& jobs, TrialPool& pool) {
  return [&](Slot& slot) { return ExploreIntoPool(slot, jobs, pool); };
}

Work FinalReport(TrialPool& pool) {
  return [&](Slot& slot) { return ReportFromPool(slot, pool); };
}

Work WholeLife(const JobGroup& jobs) {
  return [&jobs](Slot& slot) { return Live(slot, jobs); };
}

Work FiveOperations(const JobGroup& jobs) {
  return [&jobs](Slot& slot) { return RepeatUntilCommitted(slot, jobs, RunSession); };
}

Work SequenceOfFive(const JobGroup& jobs) {
  return [&jobs](Slot& slot) { return RepeatUntilCommitted(slot, jobs, RunSequence); };
}

Work LifeAndSession(const JobGroup& jobs, bool reserve) {
  return [&jobs, reserve](Slot& slot) { return LiveAndCommit(slot, jobs, reserve); };
}

Work ListPage(const JobGroup& jobs) {
  return [&jobs](Slot& slot) { return List(slot, jobs); };
}

Work ListJobsPage() { return ListJobsOnce; }

Work EndTrial(TrialPool& pool) {
  return [&](Slot& slot) { return EndFromPool(slot, pool); };
}

Work RegisterNewJob() { return Register; }

Work DeleteJobs(const JobGroup& jobs) {
  return [&jobs, next = std::make_shared<std::atomic<int64_t>>(0)](Slot& slot) { return Delete(slot, jobs, *next); };
}

}  // namespace zeus::bso::bench

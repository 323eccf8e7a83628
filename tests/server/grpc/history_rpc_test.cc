// Jobs of a server that keeps a bounded number of trials.
#include <algorithm>
#include <functional>
#include <string>
#include <vector>

#include "absl/time/clock.h"
#include "tests/server/grpc/trained_job.h"

namespace zeus::bso::rpc {
namespace {

using testing::ExportJob;
using testing::ImportJob;
using testing::JobRecords;

constexpr int kMaxKept = 10;

class BoundedHistory : public RpcFixture {
 public:
  BoundedHistory() : RpcFixture({.limits = {.max_trials_per_job = kMaxKept}}) {}

  // A job with two sizes at least, of which trials were collected; one is running.
  void TrainJob(v1::Policy policy, int64_t window_size = 0) {
    v1::JobSpec spec = SeededSpec(window_size);
    spec.set_policy(policy);
    Answer(Register(spec));
    Train(*this, 30);
    Answer(Call(Optimizer::EndTrial, OfTrial<v1::EndTrialRequest>(StartTrial())));
    StartTrial();
    AwaitCollected();
  }

  void AwaitCollected() {
    while (List().trials_size() > kMaxKept) absl::SleepFor(absl::Milliseconds(1));
  }

  v1::ListTrialsResponse List() { return Answer(Call(Optimizer::ListTrials, OfJob<v1::ListTrialsRequest>())); }
};

TEST_CASE_METHOD(BoundedHistory, "Lists say where the history begins") {
  Answer(Register(SeededSpec()));
  Train(*this, 2);
  CHECK_FALSE(List().has_history());
  CHECK_FALSE(GetJob().has_history());
  Train(*this, 18);
  AwaitCollected();
  const v1::ListTrialsResponse list = List();
  CHECK(list.trials_size() == kMaxKept);
  CHECK(list.trials(0).trial_number() == 11);
  CHECK(list.history().begin() == 11);
  CHECK(list.history().num_collected() == 10);
  CHECK(GetJob().history().ShortDebugString() == list.history().ShortDebugString());
  CHECK(StartTrial().trial_number() == 21);
}

TEST_CASE_METHOD(BoundedHistory, "A trial that was collected is not found, and the error says why") {
  TrainJob(GENERATE(v1::POLICY_ZEUS, v1::POLICY_CURVES));
  v1::Trial trial;
  trial.set_job_id("job");
  trial.set_trial_number(1);
  trial.set_batch_size(32);
  const auto check = [](const auto& reply) {
    CheckRefused(reply, grpc::NOT_FOUND, "TRIAL_NOT_FOUND");
    CHECK_THAT(reply.status.error_message(), Catch::Matchers::Contains("the server has deleted 22"));
  };
  auto request = OfTrial<v1::VoidTrialRequest>(trial);
  request.set_reason("odd");
  check(Call(Optimizer::VoidTrial, request));
  check(ReportConverged(trial, 100));
  check(Call(Optimizer::EndTrial, OfTrial<v1::EndTrialRequest>(trial)));
  trial.set_trial_number(99);
  const auto reply = Call(Optimizer::EndTrial, OfTrial<v1::EndTrialRequest>(trial));
  CHECK_THAT(reply.status.error_message(), !Catch::Matchers::Contains("deleted"));
}

std::string Describe(JobRecords records) {
  std::string text;
  for (v1::JobRecord& record : records) {
    if (record.has_trial()) record.mutable_trial()->clear_job_uid();
    text += record.ShortDebugString() + "\n";
  }
  return text;
}

TEST_CASE_METHOD(BoundedHistory, "A job with collected trials moves to another server, and goes on where it was") {
  TrainJob(GENERATE(v1::POLICY_ZEUS, v1::POLICY_CURVES), GENERATE(0, 2));
  const JobRecords records = Answer(ExportJob(client()));
  RpcFixture other;
  Answer(ImportJob(other.client(), records));
  CHECK(Describe(Answer(ExportJob(other.client()))) == Describe(records));
  CHECK(Train(other, 10) == Train(*this, 10));
  // It is counted from the same base.
  const v1::ListTrialsResponse list = Answer(other.Call(Optimizer::ListTrials, OfJob<v1::ListTrialsRequest>()));
  auto request = OfTrial<v1::VoidTrialRequest>(list.trials(list.trials_size() - 1));
  request.set_reason("odd");
  v1::Job here = Answer(Call(Optimizer::VoidTrial, request)).job();
  v1::Job there = Answer(other.Call(Optimizer::VoidTrial, request)).job();
  CHECK(here.min_cost() == there.min_cost());
  CHECK(here.latest_results().num_not_converged() == there.latest_results().num_not_converged());
}

TEST_CASE_METHOD(BoundedHistory, "Trials that end after an import count beside those that were collected before") {
  v1::JobSpec spec = SeededSpec();
  spec.set_policy(v1::POLICY_ZEUS);
  Answer(Register(spec));
  Train(*this, 60);
  std::vector<v1::Trial> running;
  for (int i = 0; i <= kMaxKept; ++i) running.push_back(StartTrial());
  while (List().trials_size() > kMaxKept + 1) absl::SleepFor(absl::Milliseconds(1));
  RpcFixture other;
  Answer(ImportJob(other.client(), Answer(ExportJob(client()))));
  for (int i = 0; i < 3; ++i) Answer(other.ReportNotConverged(running[i], 100));
  auto request = OfTrial<v1::VoidTrialRequest>(running[1]);
  request.set_reason("odd");
  const v1::Job job = Answer(other.Call(Optimizer::VoidTrial, request)).job();
  CHECK(job.latest_results().num_not_converged() == 2);
}

TEST_CASE("Histories that do not fit to a job are refused at its import, and change nothing") {
  BoundedHistory from;
  using Record = v1::JobRecord;
  const bool follows_curves = GENERATE(false, true);
  from.TrainJob(follows_curves ? v1::POLICY_CURVES : v1::POLICY_ZEUS);
  const JobRecords good = Answer(ExportJob(from.client()));
  const auto first = [](JobRecords& records, Record::RecordCase kind) {
    return std::find_if(records.begin(), records.end(),
                        [&](const Record& record) { return record.record_case() == kind; });
  };
  const auto history = [](JobRecords& records) -> v1::TrialHistory& {
    return *records.front().mutable_job()->mutable_history();
  };
  const auto size = [&](JobRecords& records) -> v1::CollectedSize& {
    return *first(records, Record::kCollectedSize)->mutable_collected_size();
  };
  const auto drop = [](JobRecords& records, JobRecords::iterator record) {
    records.erase(record);
    records.back().mutable_end()->set_num_records(static_cast<int64_t>(records.size()) - 1);
  };
  struct Case {
    std::string field;
    std::function<void(JobRecords&)> spoil;
  };
  std::vector<Case> cases = {
      {"job.history.begin", [&](JobRecords& records) { history(records).set_begin(1); }},
      {"job.history.begin", [&](JobRecords& records) { history(records).set_begin(int64_t{1} << 63 >> 1); }},
      {"job.history.num_collected", [&](JobRecords& records) { history(records).set_num_collected(0); }},
      {"job.history.num_collected", [&](JobRecords& records) { history(records).set_num_collected(23); }},
      {"collected_size.num_trials", [&](JobRecords& records) { history(records).set_num_collected(21); }},
      {"job.history.end_revision", [&](JobRecords& records) { history(records).set_end_revision(-1); }},
      {"job.history.latest_results.last_end_time",
       [&](JobRecords& records) { history(records).mutable_latest_results()->clear_last_end_time(); }},
      {"job.history.latest_results.num_not_converged",
       [&](JobRecords& records) { history(records).mutable_latest_results()->set_num_not_converged(-1); }},
      {"trial.trial_number", [&](JobRecords& records) { drop(records, first(records, Record::kTrial) + 1); }},
      {"collected_size.batch_size", [&](JobRecords& records) { size(records).set_batch_size(7); }},
      {"collected_size.counts", [&](JobRecords& records) { size(records).set_num_failed(1000); }},
      {"collected_size.cheapest", [&](JobRecords& records) { size(records).set_cheapest_joules(-1); }},
      {"collected_size.num_trials", [&](JobRecords& records) { size(records).set_num_trials(1000); }},
      {"job.min_cost",
       [&](JobRecords& records) {
         for (Record& record : records) {
           if (record.has_collected_size()) record.mutable_collected_size()->clear_cheapest_joules();
         }
       }},
  };
  if (follows_curves) {
    cases.push_back({"collected_size", [&](JobRecords& records) { size(records).set_num_failures(1); }});
    cases.push_back({"curves_size.num_trials",
                     [&](JobRecords& records) { drop(records, first(records, Record::kCollectedSize)); }});
    cases.push_back({"trial.trial_number", [&](JobRecords& records) {
                       records.front().mutable_job()->clear_history();
                       while (first(records, Record::kCollectedSize) != records.end()) {
                         drop(records, first(records, Record::kCollectedSize));
                       }
                     }});
  } else {
    cases.push_back(
        {"collected_size.costs", [&](JobRecords& records) { size(records).mutable_costs()->set_first_cost(-1); }});
    cases.push_back({"cost_moments.count", [&](JobRecords& records) { size(records).clear_costs(); }});
    cases.push_back({"collected_size.means", [&](JobRecords& records) { size(records).mutable_time()->set_mean(-1); }});
    cases.push_back({"curves_job", [&](JobRecords& records) {
                       records.front().mutable_job()->clear_history();
                       while (first(records, Record::kCollectedSize) != records.end()) {
                         drop(records, first(records, Record::kCollectedSize));
                       }
                     }});
  }
  RpcFixture to;
  for (const auto& [field, spoil] : cases) {
    JobRecords records = good;
    spoil(records);
    const auto reply = ImportJob(to.client(), records);
    INFO(field << ": " << reply.status.error_message());
    CheckRefused(reply, grpc::INVALID_ARGUMENT, "INVALID_FIELD");
    CHECK(reply.detail<google::rpc::BadRequest>().field_violations(0).field() == field);
  }
  CHECK_FALSE(Answer(to.Call(Service::GetJob, OfJob<v1::GetJobRequest>())).has_job());
  Answer(ImportJob(to.client(), good));
}

}  // namespace
}  // namespace zeus::bso::rpc

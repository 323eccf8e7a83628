// A kill in the middle of a correction leaves the job as it was before, or as it is after.
#include <cstdint>
#include <random>
#include <string>
#include <thread>

#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "storage/rocksdb/store_check.h"
#include "tests/server/process_fixture.h"
#include "tests/support/job_transfer.h"
#include "tests/support/status_matchers.h"

namespace zeus::bso::testing {
namespace {

constexpr int kKills = 20;

using Optimizer = RpcClient::Optimizer;

// One of two specifications, of which every field differs that can be changed.
v1::UpdateJobRequest UpdateTo(bool other) {
  v1::UpdateJobRequest request;
  v1::JobSpec& spec = *request.mutable_spec();
  spec.set_job_id("job");
  for (const int64_t size : {16, 32, 64}) spec.add_batch_sizes(size);
  if (other) spec.add_batch_sizes(128);
  spec.set_default_batch_size(other ? 64 : 32);
  spec.set_eta_knob(other ? 0.5 : 1);
  spec.set_target_metric(other ? 0.7 : 0.8);
  spec.set_gpu_model(other ? "A100" : "V100");
  spec.set_max_epochs(other ? 50 : 100);
  for (const char* const field :
       {"batch_sizes", "default_batch_size", "eta_knob", "target_metric", "gpu_model", "max_epochs"}) {
    request.mutable_update_mask()->add_paths(field);
  }
  return request;
}

bool IsOther(const v1::JobSpec& spec) { return spec.batch_sizes_size() == 4; }

class CorrectionKill : public ProcessFixture {
 public:
  // A training that reaches its target. False: the server has gone.
  static bool Train(RpcClient& client) {
    v1::StartTrialRequest start;
    start.set_job_id("job");
    const auto started = client.Call(Optimizer::StartTrial, start);
    if (!started.ok()) return false;
    const v1::Trial& trial = started.response.trial();
    v1::ReportResultRequest report;
    report.set_job_id("job");
    report.set_batch_size(trial.batch_size());
    report.set_trial_number(trial.trial_number());
    report.set_energy_joules(static_cast<double>(100 + trial.batch_size()));
    report.set_time_seconds(10);
    report.set_metric(0.9);
    report.set_current_epoch(5);
    return client.Call(Optimizer::ReportResult, report).ok();
  }

  // Corrects the job again and again, until the server goes.
  static void Correct(const std::string& address) {
    RpcClient client(address);
    for (bool other = true; Train(client); other = !other) {
      if (!client.Call(Optimizer::UpdateJob, UpdateTo(other)).ok()) return;
      if (!VoidLast(client)) return;
    }
  }

  static bool VoidLast(RpcClient& client) {
    v1::ListTrialsRequest list;
    list.set_job_id("job");
    const auto trials = client.Call(Optimizer::ListTrials, list);
    if (!trials.ok() || trials.response.trials().empty()) return trials.ok();
    const v1::Trial& last = *trials.response.trials().rbegin();
    v1::VoidTrialRequest request;
    request.set_job_id("job");
    request.set_batch_size(last.batch_size());
    request.set_trial_number(last.trial_number());
    request.set_reason("odd");
    return client.Call(Optimizer::VoidTrial, request).ok();
  }

  // That the job is whole, and can be moved: an import checks that its records fit together.
  static void CheckWhole(const std::string& address) {
    RpcClient client(address);
    auto records = ExportJob(client);
    REQUIRE(records.ok());
    v1::JobSpec spec = records.response.front().job().spec();
    v1::UpdateJobRequest expected = UpdateTo(IsOther(spec));
    expected.set_dry_run(true);
    CHECK(client.Call(Optimizer::UpdateJob, expected).response.changes_size() == 0);
    ProcessFixture elsewhere;
    const auto other = elsewhere.Serve();
    RpcClient importer(other->address());
    const auto imported = ImportJob(importer, records.response);
    INFO(imported.status.error_message());
    CHECK(imported.ok());
  }

  absl::Duration Random(absl::Duration most) { return most * std::uniform_real_distribution<double>(0, 1)(random_); }

  const unsigned seed = std::random_device()();

 private:
  std::mt19937 random_{seed};
};

TEST_CASE_METHOD(CorrectionKill,
                 "After each of twenty kills, corrections and collections are done or were never begun") {
  CAPTURE(seed);
  const std::vector<std::string> flags = {"--max_trials_per_job=6", "--durability=async"};
  {
    const auto server = Serve(flags);
    v1::RegisterJobRequest request;
    *request.mutable_spec() = MakeSpecMessage();
    request.mutable_spec()->set_policy(v1::POLICY_CURVES);
    request.mutable_spec()->set_target_metric(0.8);
    REQUIRE(RpcClient(server->address()).Call(Optimizer::RegisterJob, request).ok());
    Stop(*server);
  }
  for (int round = 0; round < kKills; ++round) {
    CAPTURE(round);
    const auto server = Serve(flags);
    CheckWhole(server->address());
    std::thread corrections([&] { Correct(server->address()); });
    absl::SleepFor(absl::Milliseconds(30) + Random(absl::Milliseconds(400)));
    server->Signal(SIGKILL);
    CHECK(server->Wait() == -SIGKILL);
    corrections.join();
    CHECK(Value(storage::CheckStore(data_directory())).is_intact());
  }
}

}  // namespace
}  // namespace zeus::bso::testing

// What a trial of a curves job keeps when ZeusService ends it.
#include "tests/server/grpc/rpc_fixture.h"

namespace zeus::bso::rpc {
namespace {

class CurvesTrialEnd : public RpcFixture {
 public:
  v1::Trial StartTrialOfCurvesJob() {
    v1::JobSpec spec = testing::MakeSpecMessage();
    spec.set_policy(v1::POLICY_CURVES);
    Answer(Register(spec));
    return StartTrial();
  }

  void ReportEpoch(const v1::Trial& trial, int64_t epoch, double energy) {
    auto request = OfTrial<v1::ReportResultRequest>(trial);
    request.set_time_seconds(0);
    request.set_energy_joules(energy);
    request.set_metric(0);
    request.set_current_epoch(epoch);
    CHECK_FALSE(Answer(Call(Optimizer::ReportResult, request)).stop_train());
  }
};

// The policy took the dear first epoch for the others, as it did not know its cost.
TEST_CASE_METHOD(CurvesTrialEnd, "A trial that UpdateTrial ends keeps the cost of its first epoch") {
  const v1::Trial trial = StartTrialOfCurvesJob();
  ReportEpoch(trial, 1, 30);
  ReportEpoch(trial, 2, 40);
  auto request = OfTrial<v1::UpdateTrialRequest>(trial);
  request.set_status(v1::TRIAL_STATUS_SUCCEEDED);
  request.set_time_seconds(0);
  request.set_energy_joules(50);
  request.set_converged(true);
  request.set_epochs(3);
  const v1::TrialProgress progress = Answer(Call(Service::UpdateTrial, request)).trial().progress();
  CHECK(progress.epochs() == 3);
  CHECK(progress.energy_joules() == 50);
  CHECK(progress.first_epoch_cost() == 30);
}

}  // namespace
}  // namespace zeus::bso::rpc

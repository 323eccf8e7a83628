// One job through both stages, as a training loop drives it.
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "google/protobuf/util/message_differencer.h"
#include "tests/server/grpc/rpc_fixture.h"

namespace zeus::bso::rpc {
namespace {

using google::protobuf::util::MessageDifferencer;

// A trial as "<type> <batch size>".
std::string Show(const v1::Trial& trial) {
  return absl::StrCat(v1::TrialType_Name(trial.type()).substr(std::string("TRIAL_TYPE_").size()), " ",
                      trial.batch_size());
}

class JobLife : public RpcFixture {
 public:
  // Runs one trial to its end, converged at this energy, and answers it.
  std::string RunConverging(const std::string& job_id, double energy) {
    const v1::Trial trial = StartTrial(job_id);
    CHECK(Answer(ReportConverged(trial, energy)).converged());
    return Show(trial);
  }

  // Two rounds of pruning, which 64 does not survive.
  std::vector<std::string> Prune(const std::string& job_id) {
    std::vector<std::string> trials = {RunConverging(job_id, 100), RunConverging(job_id, 80)};
    const v1::Trial dropped = StartTrial(job_id);
    CHECK_FALSE(Answer(ReportNotConverged(dropped, 150)).converged());
    trials.push_back(Show(dropped));
    trials.push_back(RunConverging(job_id, 82));
    trials.push_back(RunConverging(job_id, 104));
    return trials;
  }

  std::vector<v1::GaussianTsArm> Arms(const std::string& job_id) {
    const auto response = Answer(Call(Service::GetArms, OfJob<v1::GetArmsRequest>(job_id)));
    return {response.arms().begin(), response.arms().end()};
  }
};

void CheckArm(const v1::GaussianTsArm& arm, int64_t batch_size, double mean, double precision, double reward_precision,
              int64_t observations) {
  CHECK(arm.job_id() == "job");
  CHECK(arm.batch_size() == batch_size);
  CHECK(arm.param_mean() == Approx(mean));
  CHECK(arm.param_precision() == Approx(precision));
  CHECK(arm.reward_precision() == Approx(reward_precision));
  CHECK(arm.num_observations() == observations);
}

TEST_CASE_METHOD(JobLife, "Pruning tries the sizes downwards, then upwards, and drops those that do not converge") {
  RegisterJob();
  CHECK(Prune("job") == std::vector<std::string>{"EXPLORATION 32", "EXPLORATION 16", "EXPLORATION 64", "EXPLORATION 16",
                                                 "EXPLORATION 32"});
  const v1::Job job = GetJob();
  CHECK(job.stage() == v1::STAGE_PRUNING);
  CHECK(job.min_cost() == 80);
  CHECK(job.min_cost_batch_size() == 16);
  CHECK(Arms("job").empty());
}

TEST_CASE_METHOD(JobLife, "After pruning the bandit takes over, with one arm a survivor, fit on its results") {
  RegisterJob();
  Prune("job");
  const v1::GeneratorState before = GetJob().generator_state();
  // 16 costs a fifth less than 32, at a deviation of a few joules.
  CHECK(Show(StartTrial()) == "MAB 16");
  CHECK(GetJob().stage() == v1::STAGE_MAB);
  CHECK_FALSE(MessageDifferencer::Equals(GetJob().generator_state(), before));
  const std::vector<v1::GaussianTsArm> arms = Arms("job");
  REQUIRE(arms.size() == 2);
  CheckArm(arms[0], 16, -81, 2, 1, 2);
  CheckArm(arms[1], 32, -102, 0.5, 0.25, 2);
}

TEST_CASE_METHOD(JobLife, "A report on the bandit's trial refits the arm of its size and no other") {
  RegisterJob();
  Prune("job");
  CHECK(RunConverging("job", 84) == "MAB 16");
  const std::vector<v1::GaussianTsArm> arms = Arms("job");
  REQUIRE(arms.size() == 2);
  CheckArm(arms[0], 16, -82, 1.125, 0.375, 3);
  CheckArm(arms[1], 32, -102, 0.5, 0.25, 2);
}

TEST_CASE_METHOD(JobLife, "Two jobs of the same seed and the same calls are given the same decisions") {
  std::vector<std::vector<std::string>> decisions;
  for (const std::string job_id : {"job", "twin"}) {
    RegisterJob(job_id);
    decisions.push_back(Prune(job_id));
    for (int i = 0; i < 10; ++i) decisions.back().push_back(RunConverging(job_id, 80 + i % 3));
  }
  CHECK(decisions[0] == decisions[1]);
  CHECK(MessageDifferencer::Equals(GetJob("job").generator_state(), GetJob("twin").generator_state()));
}

}  // namespace
}  // namespace zeus::bso::rpc

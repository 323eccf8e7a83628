// Single odd runs that once ruined a job: each must end well with the default policy. The batch sizes are 16, 32 and
// 64, the default is 32, and trainers report after every epoch.
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "catch2/catch.hpp"
#include "tests/scenarios/job_client.h"
#include "tests/support/spec_messages.h"
#include "tests/support/test_server.h"

namespace zeus::bso::scenarios {
namespace {

constexpr double kWatts = 200;

// How a run goes.
struct Course {
  double seconds = 100;  // until it has reached the target
  int64_t epochs = 10;   // the same
  bool converges = true;
  double reported = 1;  // the share of its cost that it reports
};

struct Ended {
  int64_t batch_size = 0;
  bool converged = false;
};

using Courses = std::map<int64_t, Course>;  // by batch size

class OddRuns {
 public:
  void Register(const v1::JobSpec& spec) { job_ = std::make_unique<JobClient>(server_.client(), spec); }

  JobClient& job() { return *job_; }
  testing::RpcClient& client() { return server_.client(); }

  Ended Train(const Course& course) { return Train(job_->Start(), course); }

  Ended Train(const v1::Trial& trial, const Course& course) {
    Usage usage;
    while (true) {
      ++usage.epochs;
      const double seconds = course.seconds * static_cast<double>(usage.epochs) / static_cast<double>(course.epochs);
      usage.seconds = seconds * course.reported;
      usage.joules = usage.seconds * kWatts;
      const bool reached = course.converges && usage.epochs >= course.epochs;
      const auto verdict = job_->Report(trial, usage, reached ? 0.9 : 0.1);
      if (verdict.stop_train()) return {trial.batch_size(), verdict.converged()};
    }
  }

  // Runs one after the other.
  std::vector<Ended> TrainMany(int num_runs, const Courses& courses) {
    std::vector<Ended> ended;
    for (int i = 0; i < num_runs; ++i) {
      const v1::Trial trial = job_->Start();
      ended.push_back(Train(trial, courses.at(trial.batch_size())));
    }
    return ended;
  }

 private:
  testing::TestServer server_{{}, storage::Durability::kAsync};
  std::unique_ptr<JobClient> job_;
};

int64_t NumConverged(const std::vector<Ended>& runs) {
  return std::count_if(runs.begin(), runs.end(), [](const Ended& run) { return run.converged; });
}

int64_t NumAt(const std::vector<Ended>& runs, int64_t batch_size) {
  return std::count_if(runs.begin(), runs.end(), [&](const Ended& run) { return run.batch_size == batch_size; });
}

v1::JobSpec Spec() {
  v1::JobSpec spec = testing::MakeSpecMessage();
  spec.clear_policy();  // The default.
  spec.set_eta_knob(0.5);
  return spec;
}

const Courses kUsual = {{16, {.seconds = 120}}, {32, {.seconds = 100}}, {64, {.seconds = 110}}};

TEST_CASE_METHOD(OddRuns, "A run that reports a tenth of its cost") {
  Register(Spec());
  CHECK(Train({.reported = 0.1}).converged);
  const std::vector<Ended> runs = TrainMany(20, kUsual);
  CHECK(NumConverged(runs) >= 18);
  CHECK(NumConverged({runs.end() - 10, runs.end()}) == 10);
}

TEST_CASE_METHOD(OddRuns, "Every size becomes dearer by 2.5") {
  v1::JobSpec spec = Spec();
  spec.set_window_size(GENERATE(0, 5));
  Register(spec);
  TrainMany(30, {{16, {}}, {32, {}}, {64, {}}});
  const Course dear = {.seconds = 250};
  const std::vector<Ended> runs = TrainMany(20, {{16, dear}, {32, dear}, {64, dear}});
  CHECK(NumConverged(runs) >= 18);
}

TEST_CASE_METHOD(OddRuns, "A size converges once at a low cost, and never again") {
  Register(Spec());
  CHECK(Train({}).batch_size == 32);
  // Until 64 has converged, at 60 s.
  Ended lucky;
  while (lucky.batch_size != 64) {
    const v1::Trial trial = job().Start();
    lucky = Train(trial, trial.batch_size() == 64 ? Course{.seconds = 60} : kUsual.at(trial.batch_size()));
  }
  CHECK(lucky.converged);
  Courses courses = kUsual;
  courses[64] = {.seconds = 60, .converges = false};
  const std::vector<Ended> runs = TrainMany(40, courses);
  CHECK(NumAt(runs, 64) <= 6);
  CHECK(NumConverged(runs) >= 34);
}

TEST_CASE_METHOD(OddRuns, "The default is the largest of eight sizes and does not converge once") {
  v1::JobSpec spec = Spec();
  spec.clear_batch_sizes();
  Courses courses;
  for (const int64_t batch_size : {8, 16, 24, 32, 48, 64, 96, 128}) {
    spec.add_batch_sizes(batch_size);
    courses[batch_size] = {.seconds = 100 + std::abs(static_cast<double>(batch_size) - 48)};
  }
  spec.set_default_batch_size(128);
  spec.set_max_epochs(20);
  Register(spec);
  CHECK_FALSE(Train({.converges = false}).converged);
  const std::vector<Ended> runs = TrainMany(20, courses);
  CHECK(NumConverged(runs) >= 18);
}

TEST_CASE_METHOD(OddRuns, "The knobs of the bandit cannot make the job pick the wrong size") {
  v1::JobSpec spec = Spec();
  spec.set_window_size(1);
  spec.set_mab_num_explorations(2);
  Register(spec);
  const Courses courses = {{16, {.seconds = 150}}, {32, {.seconds = 130}}, {64, {.seconds = 100}}};
  const std::vector<Ended> runs = TrainMany(60, courses);
  CHECK(NumAt(runs, 64) >= 54);
}

TEST_CASE_METHOD(OddRuns, "A run that reaches the target at 2.01 times the lowest cost has converged") {
  Register(Spec());
  TrainMany(10, kUsual);
  v1::Trial trial = job().Start();
  while (trial.batch_size() != 32) {
    Train(trial, kUsual.at(trial.batch_size()));
    trial = job().Start();
  }
  CHECK(Train(trial, {.seconds = 201}).converged);
  const std::vector<Ended> runs = TrainMany(20, kUsual);
  CHECK(NumConverged(runs) >= 18);
  CHECK(NumAt(runs, 32) >= 15);
}

TEST_CASE_METHOD(OddRuns, "A report that omits time and energy is refused, and costs of 0 are unknown") {
  Register(Spec());
  v1::Trial trial = job().Start();
  v1::ReportResultRequest request;
  request.set_job_id(trial.job_id());
  request.set_batch_size(trial.batch_size());
  request.set_trial_number(trial.trial_number());
  request.set_metric(0.9);
  request.set_current_epoch(10);
  const auto refused = client().Call(testing::RpcClient::Optimizer::ReportResult, request);
  CHECK(refused.code() == grpc::StatusCode::INVALID_ARGUMENT);
  CHECK(refused.fields() == std::vector<std::string>{"time_seconds"});

  CHECK(job().Report(trial, {.epochs = 10}, 0.9).converged());
  const std::vector<Ended> runs = TrainMany(20, kUsual);
  CHECK(NumConverged(runs) >= 18);
}

TEST_CASE_METHOD(OddRuns, "The smallest size runs out of memory once, as another process held it") {
  v1::JobSpec spec = Spec();
  spec.set_default_batch_size(16);
  Register(spec);
  const v1::Trial trial = job().Start();
  CHECK(trial.batch_size() == 16);
  job().End(trial, v1::TRIAL_FAILURE_INFEASIBLE);
  const std::vector<Ended> runs = TrainMany(20, kUsual);
  CHECK(NumConverged(runs) >= 18);
}

TEST_CASE_METHOD(OddRuns, "A training loop that ends by itself does not count as a crash") {
  Register(Spec());
  TrainMany(10, kUsual);
  for (int num_ended_early = 0; num_ended_early < 3;) {
    const v1::Trial trial = job().Start();
    if (trial.batch_size() != 32) {
      Train(trial, kUsual.at(trial.batch_size()));
      continue;
    }
    CHECK_FALSE(job().Report(trial, {.epochs = 5, .seconds = 50, .joules = 50 * kWatts}, 0.1).stop_train());
    job().End(trial, v1::TRIAL_FAILURE_NOT_CONVERGED);
    ++num_ended_early;
  }
  const std::vector<Ended> runs = TrainMany(60, kUsual);
  CHECK(NumConverged(runs) == 60);
  // After a while the policy tries 32 again, and stays with it.
  CHECK(NumAt({runs.end() - 10, runs.end()}, 32) == 10);
}

TEST_CASE_METHOD(OddRuns, "A metric that is NaN has not reached the target, and one in float32 has") {
  v1::JobSpec spec = Spec();
  spec.set_target_metric(0.95);
  Register(spec);
  const v1::Trial trial = job().Start();
  const Usage usage = {.epochs = 1, .seconds = 10, .joules = 10 * kWatts};
  CHECK_FALSE(job().Report(trial, usage, std::numeric_limits<double>::quiet_NaN()).stop_train());
  CHECK(job().Report(trial, usage, static_cast<double>(0.95F)).converged());
}

}  // namespace
}  // namespace zeus::bso::scenarios

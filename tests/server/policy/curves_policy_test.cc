// CurvesPolicy on plain records: what it stores always passes the checks of what is read, whatever trainers report.
#include "server/policy/curves/curves_policy.h"

#include <cmath>
#include <cstdint>
#include <limits>
#include <optional>
#include <random>
#include <stdexcept>
#include <string>
#include <vector>

#include "catch2/catch.hpp"
#include "model/curves_check.h"
#include "server/policy/cost.h"
#include "server/random/generator.h"
#include "storage/records.h"
#include "tests/support/special_values.h"
#include "tests/support/specs.h"
#include "tests/support/status_matchers.h"

namespace zeus::bso {
namespace {

using testing::Value;

using testing::kInfinity;
using testing::kNan;

class SizeRecords final : public JobRecords {
 public:
  absl::StatusOr<Explorations> GetExplorations() override { return Explorations(); }
  absl::StatusOr<std::vector<GaussianTsArm>> GetArms() override { return std::vector<GaussianTsArm>(); }
  absl::StatusOr<const GaussianTsArm*> GetArm(int64_t) override { return nullptr; }
  absl::StatusOr<CostMoments> GetCostMoments(int64_t) override { return CostMoments(); }
  absl::StatusOr<std::vector<TrialResult>> GetResults(int64_t) override { return std::vector<TrialResult>(); }
  absl::StatusOr<std::vector<TrialResult>> GetAllResults(int64_t) override { return std::vector<TrialResult>(); }
  absl::StatusOr<std::vector<Trial>> GetNewestTrials(int64_t) override { return absl::UnimplementedError(""); }
  absl::StatusOr<CollectedSize> GetCollectedSize(int64_t) override { return CollectedSize(); }
  absl::StatusOr<std::vector<CurvesSize>> GetCurvesSizes() override { return sizes; }

  void Put(const CurvesSize& size) {
    for (CurvesSize& kept : sizes) {
      if (kept.batch_size == size.batch_size) kept = size;
    }
  }

  std::vector<CurvesSize> sizes;
};

// A job whose every change goes through the records of the storage.
class StoredJob {
 public:
  explicit StoredJob(JobSpec spec, uint64_t seed = 1) : generator_(seed) {
    job_.spec = std::move(spec);
    records_.sizes = policy_.Begin(job_);
    Store();
  }

  Trial Choose() { return Begin(Value(policy_.Choose(job_, records_, generator_))); }
  Trial Admit(int64_t batch_size) {
    return Begin(Value(policy_.Admit(job_, batch_size, TrialType::kExploration, records_)));
  }

  std::optional<FinalReport> Judge(const Trial& trial, const TrialProgress& report) {
    return policy_.Judge(job_, trial, report);
  }

  void Learn(Trial trial) {
    StoreTrial(trial);
    const Lesson lesson = Value(policy_.Learn(job_, trial, records_));
    for (const CurvesSize& size : lesson.changed_sizes) records_.Put(size);
    Store();
  }

  Job& job() { return job_; }
  std::vector<CurvesSize>& sizes() { return records_.sizes; }
  CurvesSize& at(int64_t batch_size) {
    for (CurvesSize& size : records_.sizes) {
      if (size.batch_size == batch_size) return size;
    }
    throw std::out_of_range("no such size");
  }

  // Checks that job and sizes can be stored, and are read as they were.
  void Store() {
    REQUIRE(std::string(FirstInvalidField(*job_.curves, job_.spec.batch_sizes)) == "");
    const storage::JobRow row = {.job = job_};
    REQUIRE(Value(storage::DecodeJob(job_.spec.job_id, storage::EncodeJob(row))).job.curves == job_.curves);
    for (const CurvesSize& size : records_.sizes) {
      CAPTURE(size.batch_size);
      REQUIRE(std::string(FirstInvalidField(size, *job_.curves)) == "");
      REQUIRE(Value(storage::DecodeCurvesSize(size.batch_size, *job_.curves, storage::EncodeCurvesSize(size))) == size);
    }
  }

  static void StoreTrial(const Trial& trial) {
    const Trial stored = Value(storage::DecodeTrial(trial.job_id, trial.trial_number, storage::EncodeTrial(trial)));
    REQUIRE(stored.ticket == trial.ticket);
  }

 private:
  Trial Begin(const Start& start) {
    records_.Put(*start.changed_size);
    Trial trial{.job_id = job_.spec.job_id,
                .trial_number = ++last_trial_,
                .batch_size = start.batch_size,
                .type = start.type,
                .ticket = start.ticket};
    REQUIRE(std::string(FirstInvalidField(*trial.ticket)) == "");
    StoreTrial(trial);
    Store();
    return trial;
  }

  const CurvesPolicy policy_{nullptr};
  Job job_;
  SizeRecords records_;
  random::Generator generator_;
  int64_t last_trial_ = 0;
};

JobSpec SpecOfSizes(std::vector<int64_t> sizes = {16, 32, 64}, int64_t default_size = 32) {
  JobSpec spec = testing::MakeSpec();
  spec.batch_sizes = std::move(sizes);
  spec.default_batch_size = default_size;
  spec.policy = PolicyKind::kCurves;
  return spec;
}

Trial WithResult(Trial trial, const TrialProgress& progress, bool converged) {
  trial.status = TrialStatus::kSucceeded;
  trial.result = Result{progress.time_seconds, progress.energy_joules, converged};
  trial.progress = progress;
  return trial;
}

Trial WithFailure(Trial trial, TrialFailure failure, std::optional<TrialProgress> progress = std::nullopt) {
  trial.status = TrialStatus::kFailed;
  trial.failure = failure;
  trial.progress = progress;
  return trial;
}

// What a trainer does that is as odd as the API allows.
class OddTrainer {
 public:
  explicit OddTrainer(uint32_t seed) : random_(seed) {}

  template <typename T>
  T OneOf(std::initializer_list<T> values) {
    return *(values.begin() + std::uniform_int_distribution<size_t>(0, values.size() - 1)(random_));
  }
  bool Chance(double probability) { return std::uniform_real_distribution<>(0, 1)(random_) < probability; }

  JobSpec Spec() {
    JobSpec spec = SpecOfSizes();
    spec.batch_sizes = OneOf<std::vector<int64_t>>(
        {{1}, {7, 8}, {16, 32, 64}, {1, int64_t{1} << 40}, {1, 2, 3, 100, 1000, int64_t{1} << 39, int64_t{1} << 40}});
    spec.default_batch_size = Chance(0.5) ? spec.batch_sizes.front() : spec.batch_sizes.back();
    spec.max_epochs = OneOf<int64_t>({1, 2, 100, int64_t{1} << 62, std::numeric_limits<int64_t>::max()});
    spec.beta_knob = OneOf<std::optional<double>>({std::nullopt, 2.0, 1e-300, 1e300, 1.0});
    spec.eta_knob = OneOf<double>({0, 0.5, 1});
    return spec;
  }

  TrialProgress Progress() {
    TrialProgress progress;
    progress.epochs = OneOf<int64_t>({0, 1, 1, 2, 3, 10, 100, 1000, int64_t{1} << 40, int64_t{1} << 62});
    progress.energy_joules = Quantity();
    progress.time_seconds = Chance(0.5) ? progress.energy_joules : Quantity();
    progress.metric = OneOf<double>({0, 1, kNan, kInfinity, -kInfinity});
    if (Chance(0.5)) progress.first_epoch_cost = Quantity();
    return progress;
  }

  Trial End(const Trial& trial) {
    const TrialProgress progress = Progress();
    if (Chance(0.6)) {
      Trial ended = WithResult(trial, progress, Chance(0.6));
      if (Chance(0.1)) ended.progress.reset();
      return ended;
    }
    return WithFailure(trial,
                       OneOf({TrialFailure::kFailed, TrialFailure::kInfeasible, TrialFailure::kCancelled,
                              TrialFailure::kTimedOut, TrialFailure::kNotConverged}),
                       Chance(0.5) ? std::optional(progress) : std::nullopt);
  }

 private:
  double Quantity() {
    return OneOf<double>({0, 1e-50, 1e-31, 1e-29, 1e-29, 1e-15, 1, 100, 101, 1e15, 1e29, 1e29, 1e31, 1e50});
  }

  std::mt19937 random_;
};

// Checks that what decides now can be stored with the trial.
void CheckJudgment(const Trial& trial, const TrialProgress& report, const FinalReport& end) {
  Trial ended = WithResult(trial, report, end.reason == EndReason::kTargetReached);
  ended.final_report = end;
  StoredJob::StoreTrial(ended);
}

void Play(StoredJob& job, OddTrainer& trainer, int num_steps) {
  std::vector<Trial> running;
  for (int step = 0; step < num_steps; ++step) {
    CAPTURE(step);
    if (running.size() < 3 && trainer.Chance(0.6)) {
      running.push_back(trainer.Chance(0.7) ? job.Choose() : job.Admit(job.job().spec.batch_sizes.back()));
      continue;
    }
    if (running.empty()) continue;
    const size_t index = trainer.Chance(0.5) ? 0 : running.size() - 1;
    const TrialProgress report = trainer.Progress();
    const std::optional<FinalReport> end = job.Judge(running[index], report);
    if (end.has_value()) CheckJudgment(running[index], report, *end);
    job.Learn(trainer.End(running[index]));
    running.erase(running.begin() + static_cast<std::ptrdiff_t>(index));
  }
  int64_t pending = 0;
  for (const CurvesSize& size : job.sizes()) pending += size.state.pending;
  REQUIRE(pending == static_cast<int64_t>(running.size()));
}

TEST_CASE("Whatever trainers report, what the policy keeps can be stored and read") {
  for (uint32_t seed = 0; seed < 300; ++seed) {
    CAPTURE(seed);
    OddTrainer trainer(seed);
    StoredJob job(trainer.Spec(), seed);
    Play(job, trainer, 60);
  }
}

TEST_CASE("Costs that grow and shrink by turns at two sizes can be stored, however long it goes on") {
  StoredJob job(SpecOfSizes());
  const double least = GENERATE(1e-29, 1.0);
  for (int i = 0; i < 400; ++i) {
    CAPTURE(i);
    const double cost = i % 4 < 2 ? 1e29 : least;
    job.Learn(WithResult(job.Admit(i % 2 == 0 ? 16 : 64),
                         {.epochs = 1 + i % 3, .time_seconds = 1, .energy_joules = cost}, /*converged=*/true));
    job.Learn(WithResult(job.Choose(), {.epochs = 2, .time_seconds = 1, .energy_joules = cost}, /*converged=*/true));
  }
}

// Any numbers that the checks allow.
void Randomize(StoredJob& stored, OddTrainer& any) {
  const auto weight = [&](double most) { return any.OneOf<double>({0, 0, 1, 1e-300, most}); };
  const auto number = [&] { return any.OneOf<double>({0, 1, -1, 5, 700, -700, 1e50, -1e50, 1e100, -1e100, 1e-300}); };
  const auto positive = [&] { return any.OneOf<double>({0, 0, 1e-300, 0.01, 1, 1e100}); };
  const auto count = [&] { return any.OneOf<int64_t>({0, 1, 50, (int64_t{1} << 62) - 100}); };
  const auto small_count = [&] { return any.OneOf<int>({0, 1, 3, (1 << 30) - 100}); };
  const std::vector<int64_t>& batch_sizes = stored.job().spec.batch_sizes;
  CurvesJob& job = *stored.job().curves;
  curves::JobState& state = job.state;
  state.run = count();
  for (curves::Noise* noise : {&state.epochs_noise, &state.cost_noise}) {
    *noise = {.sum_of_squares = positive(), .degrees_of_freedom = any.OneOf<double>({1, 4, 51})};
  }
  for (curves::Surprise* surprise : {&state.epochs_surprise, &state.cost_surprise}) {
    *surprise = {.direction = any.OneOf<int>({-1, 0, 1}), .size = batch_sizes.size() - 1, .believed = any.Chance(0.5)};
  }
  state.stops = small_count();
  state.escalation = any.OneOf<int>({0, 1, 2, 16});
  state.foreign_costs = any.Chance(0.3);
  state.warmup = {.cost = number(), .log_ratio = number()};
  state.last_warmup = {.cost = number(), .log_ratio = number()};
  state.warmup_runs = weight(20);
  job.best_cost = any.OneOf<double>({0, 1, 1e300});
  job.best_batch_size = batch_sizes.front();
  for (CurvesSize& size : stored.sizes()) {
    curves::SizeState& s = size.state;
    s.runs = weight(20);
    s.log_epochs = number();
    s.epochs_hint = positive();
    s.last = any.Chance(0.5) ? state.run : 0;
    s.failures = positive();
    s.failed_at = any.Chance(0.5) ? state.run : 0;
    s.bounds = any.Chance(0.5) ? absl::InlinedVector<double, 3>{} : absl::InlinedVector<double, 3>{-1e100, 2, 1e100};
    s.timed = weight(400);
    s.log_cost = number();
    s.cost_hint = positive();
    s.crashes = small_count();
    s.fits = any.Chance(0.5);
    s.ooms = small_count();
    s.rest_until = count();
    size.epoch_seconds = positive();
    size.epoch_joules = positive();
  }
}

// Found a limit of infinity, which made the trial unreadable.
TEST_CASE("From any state that may be imported, decisions stay finite and can be stored") {
  for (uint32_t seed = 0; seed < 500; ++seed) {
    CAPTURE(seed);
    OddTrainer trainer(seed);
    StoredJob job(trainer.Spec(), seed);
    Randomize(job, trainer);
    job.Store();
    Play(job, trainer, 30);
  }
}

TEST_CASE("What ends a trial is judged from any ticket that may be imported, and can be stored") {
  OddTrainer any(1);
  for (int i = 0; i < 3000; ++i) {
    CAPTURE(i);
    StoredJob job(any.Spec());
    const auto number = [&] { return any.OneOf<double>({0, 1, -1, 700, -700, 1e300, -1e300}); };
    const auto positive = [&] { return any.OneOf<double>({1e-300, 1, 1e300, 1e308}); };
    job.job().curves->best_cost = positive();
    Trial trial{.batch_size = 32, .type = any.OneOf({TrialType::kFirst, TrialType::kBest, TrialType::kExplore})};
    trial.ticket = curves::Ticket{.kind = KindOf(trial.type),
                                  .reference_cost = positive(),
                                  .log_epochs = number(),
                                  .mean = number(),
                                  .sd = positive(),
                                  .log_cost = number(),
                                  .escalation = any.OneOf<int>({0, 16}),
                                  .known_cost = any.OneOf<std::optional<double>>({std::nullopt, number()}),
                                  .jump = positive()};
    const TrialProgress report = any.Progress();
    const std::optional<FinalReport> end = job.Judge(trial, report);
    if (end.has_value()) CheckJudgment(trial, report, *end);
  }
}

// Asserts that the means of a size are those of its costs.
void CheckMeans(const CurvesSize& size, const JobSpec& spec) {
  CHECK(Cost(spec, size.epoch_joules, size.epoch_seconds) == Approx(std::exp(size.state.log_cost)).epsilon(0.05));
}

TEST_CASE("The means of seconds and joules follow the cost: first readings, averages, surprises and other sizes") {
  JobSpec spec = SpecOfSizes();
  spec.eta_knob = 0.5;
  spec.max_power = 200;
  StoredJob job(spec);
  const auto run = [&](int64_t size, double factor, int64_t epochs = 10) {
    const double n = static_cast<double>(epochs);
    job.Learn(WithResult(job.Admit(size),
                         {.epochs = epochs, .time_seconds = 5 * factor * n, .energy_joules = 700 * factor * n},
                         /*converged=*/true));
    for (const CurvesSize& kept : job.sizes()) {
      CAPTURE(kept.batch_size);
      if (kept.state.timed > 0) CheckMeans(kept, spec);
    }
  };
  run(32, 1);
  CHECK(job.at(32).epoch_seconds == Approx(5));
  CHECK(job.at(32).epoch_joules == Approx(700));
  for (const double factor : {1.02, 0.97, 1.01, 1.0}) run(32, factor);
  CHECK(job.at(32).epoch_seconds == Approx(5).epsilon(0.02));
  run(64, 1);
  run(64, 1.01);
  run(16, 2);
  run(16, 2.01);
  // Everything gets dearer by 2.5. The second surprise at one size is believed there, one at another size everywhere.
  run(64, 2.5);
  CHECK(job.at(64).epoch_seconds == Approx(5).epsilon(0.05));
  run(64, 2.5);
  CHECK(job.at(64).epoch_seconds == Approx(12.5).epsilon(0.05));
  CHECK(job.at(16).epoch_joules == Approx(1400).epsilon(0.05));
  run(32, 2.5);
  CHECK(job.at(32).epoch_joules == Approx(1750).epsilon(0.05));
  CHECK(job.at(16).epoch_joules == Approx(3500).epsilon(0.05));
}

TEST_CASE("The means keep the share of time and energy of the readings that they are made of") {
  JobSpec spec = SpecOfSizes();
  spec.eta_knob = 0.5;
  spec.max_power = 100;
  StoredJob job(spec);
  // The same cost of 1000 J an epoch: once mostly energy, once mostly time.
  job.Learn(WithResult(job.Admit(32), {.epochs = 1, .time_seconds = 2, .energy_joules = 1800}, true));
  CHECK(job.at(32).epoch_seconds == Approx(2));
  CHECK(job.at(32).epoch_joules == Approx(1800));
  job.Learn(WithResult(job.Admit(32), {.epochs = 1, .time_seconds = 18, .energy_joules = 200}, true));
  CHECK(job.at(32).epoch_seconds == Approx(10));
  CHECK(job.at(32).epoch_joules == Approx(1000));
  CheckMeans(job.at(32), spec);
}

TEST_CASE("A trial that crashed or was lost leaves the means alone") {
  StoredJob job(SpecOfSizes());
  job.Learn(WithResult(job.Admit(32), {.epochs = 1, .time_seconds = 2, .energy_joules = 1800}, true));
  const CurvesSize before = job.at(32);
  for (const TrialFailure failure :
       {TrialFailure::kFailed, TrialFailure::kTimedOut, TrialFailure::kInfeasible, TrialFailure::kCancelled}) {
    job.Learn(WithFailure(job.Admit(32), failure, TrialProgress{.epochs = 3, .time_seconds = 9, .energy_joules = 9}));
    CHECK(job.at(32).epoch_seconds == before.epoch_seconds);
    CHECK(job.at(32).epoch_joules == before.epoch_joules);
    CHECK(job.at(32).state.log_cost == before.state.log_cost);
  }
}

}  // namespace
}  // namespace zeus::bso

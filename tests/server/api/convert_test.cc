#include "server/api/conversion/convert.h"

#include <set>
#include <string>
#include <utility>
#include <vector>

#include "catch2/catch.hpp"
#include "google/protobuf/text_format.h"
#include "google/protobuf/util/message_differencer.h"
#include "model/job_spec_fields.h"
#include "server/api/conversion/convert_enums.h"
#include "server/api/conversion/convert_job_spec.h"
#include "tests/support/curves_values.h"
#include "tests/support/special_values.h"
#include "tests/support/specs.h"

namespace zeus::bso::api {
namespace {

using testing::kInfinity;

template <typename Message>
Message Parse(const std::string& text) {
  Message message;
  REQUIRE(google::protobuf::TextFormat::ParseFromString(text, &message));
  return message;
}

template <typename Message>
void CheckEqual(const Message& actual, const std::string& expected) {
  INFO(actual.DebugString());
  CHECK(google::protobuf::util::MessageDifferencer::Equals(actual, Parse<Message>(expected)));
}

// Every field set, none to its default.
constexpr char kFullSpec[] = R"(
  job_id: "pre-1" job_id_prefix: "pre" batch_sizes: [16, 32, 64] default_batch_size: 32 eta_knob: 0.25 beta_knob: 3
  disable_early_stop: false target_metric: 0.75 higher_is_better_metric: false max_epochs: 7 num_pruning_rounds: 3
  window_size: 10 mab_prior_mean: -5 mab_prior_precision: 0.125 mab_num_explorations: 4
  mab_seed: 18446744073709551615 max_power: 250 number_of_gpus: 8 gpu_model: "A40"
  trial_timeout { seconds: 90 nanos: 1000 } max_failures_per_batch_size: 5 policy: POLICY_CURVES)";

JobSpec FullSpec() {
  return {.job_id = "pre-1",
          .job_id_prefix = "pre",
          .batch_sizes = {16, 32, 64},
          .default_batch_size = 32,
          .eta_knob = 0.25,
          .beta_knob = 3,
          .target_metric = 0.75,
          .higher_is_better_metric = false,
          .max_epochs = 7,
          .num_pruning_rounds = 3,
          .window_size = 10,
          .mab_prior_mean = -5,
          .mab_prior_precision = 0.125,
          .mab_num_explorations = 4,
          .mab_seed = 18446744073709551615u,
          .max_power = 250,
          .number_of_gpus = 8,
          .gpu_model = "A40",
          .trial_timeout = absl::Seconds(90) + absl::Microseconds(1),
          .max_failures_per_batch_size = 5,
          .policy = PolicyKind::kCurves};
}

Job PlainJob(JobSpec spec) {
  Job job;
  job.spec = std::move(spec);
  job.exp_default_batch_size = 16;
  job.min_cost_batch_size = 64;
  job.create_time = absl::FromUnixSeconds(5);
  return job;
}

template <typename Message, typename T>
Message Convert(const T& value) {
  Message message;
  ToProto(value, message);
  return message;
}

TEST_CASE("The fields of a specification are those of its message") {
  std::set<std::string> fields = {"job_id", "disable_early_stop"};
#define ZB_INSERT(field) fields.insert(#field);
  ZB_JOB_SPEC_FIELDS(ZB_INSERT, ZB_INSERT)
#undef ZB_INSERT
  std::set<std::string> of_message;
  const google::protobuf::Descriptor& message = *v1::JobSpec::descriptor();
  for (int i = 0; i < message.field_count(); ++i) of_message.insert(message.field(i)->name());
  CHECK(fields == of_message);
}

TEST_CASE("Every field of a specification is read") { CHECK(FromProto(Parse<v1::JobSpec>(kFullSpec)) == FullSpec()); }

TEST_CASE("Every field of a specification is written") {
  CheckEqual(Convert<v1::Job>(PlainJob(FullSpec())).spec(), kFullSpec);
}

TEST_CASE("Absent fields of a specification are read as their defaults") {
  const JobSpec spec = FromProto(v1::JobSpec());
  CHECK(spec.eta_knob == 0.5);
  CHECK(spec.beta_knob == 2.0);
  CHECK(spec.target_metric == 0.5);
  CHECK(spec.higher_is_better_metric);
  CHECK(spec.max_epochs == 100);
  CHECK(spec.num_pruning_rounds == 2);
  CHECK(spec.window_size == 0);
  CHECK(spec.mab_prior_mean == 0);
  CHECK(spec.mab_prior_precision == 0);
  CHECK(spec.mab_num_explorations == 2);
  CHECK_FALSE(spec.mab_seed.has_value());
  CHECK_FALSE(spec.trial_timeout.has_value());
  CHECK(spec.max_failures_per_batch_size == 3);
  CHECK(spec.policy == PolicyKind::kZeus);
}

TEST_CASE("Fields that are given as zero are not taken for absent") {
  const JobSpec spec = FromProto(Parse<v1::JobSpec>(
      "eta_knob: 0 target_metric: 0 higher_is_better_metric: false num_pruning_rounds: 0 mab_num_explorations: 0 "
      "mab_seed: 0 trial_timeout {} max_failures_per_batch_size: 0"));
  CHECK(spec.eta_knob == 0);
  CHECK(spec.target_metric == 0);
  CHECK_FALSE(spec.higher_is_better_metric);
  CHECK(spec.num_pruning_rounds == 0);
  CHECK(spec.mab_num_explorations == 0);
  CHECK(spec.mab_seed == uint64_t{0});
  CHECK(spec.trial_timeout == absl::ZeroDuration());
  CHECK(spec.max_failures_per_batch_size == 0);
}

TEST_CASE("A job shows the defaults filled in") {
  CheckEqual(Convert<v1::Job>(PlainJob(FromProto(v1::JobSpec()))).spec(), R"(
    eta_knob: 0.5 beta_knob: 2 target_metric: 0.5 higher_is_better_metric: true max_epochs: 100 num_pruning_rounds: 2
    window_size: 0 mab_prior_mean: 0 mab_prior_precision: 0 mab_num_explorations: 2 max_failures_per_batch_size: 3 policy: POLICY_ZEUS)");
}

TEST_CASE("Without early stop there is no beta_knob, there and back") {
  const JobSpec spec = FromProto(Parse<v1::JobSpec>("disable_early_stop: true"));
  CHECK_FALSE(spec.beta_knob.has_value());
  const v1::Job job = Convert<v1::Job>(PlainJob(spec));
  CHECK(job.spec().disable_early_stop());
  CHECK_FALSE(job.spec().has_beta_knob());
}

TEST_CASE("Batch sizes are read in any order and kept ascending") {
  CHECK(FromProto(Parse<v1::JobSpec>("batch_sizes: [64, 8, 1099511627776, 16]")).batch_sizes ==
        std::vector<int64_t>{8, 16, 64, 1099511627776});
}

TEST_CASE("A specification that is written and read is the same") {
  for (const JobSpec& spec : {FullSpec(), testing::MakeSpec(), FromProto(v1::JobSpec())}) {
    CHECK(FromProto(Convert<v1::Job>(PlainJob(spec)).spec()) == spec);
  }
}

TEST_CASE("A new job has no min_cost, and without a seed no generator state") {
  v1::Job message = Convert<v1::Job>(PlainJob({}));
  message.clear_spec();
  CheckEqual(message,
             "stage: STAGE_PRUNING exp_default_batch_size: 16 min_cost_batch_size: 64 create_time { seconds: 5 }");
}

TEST_CASE("Every field of a job is written") {
  Job job = PlainJob({});
  job.stage = Stage::kMab;
  job.min_cost = 0;
  job.generator_state = Pcg64State{.state_high = 0xffffffffffffffff,
                                   .state_low = 2,
                                   .inc_high = 3,
                                   .inc_low = 0x8000000000000001,
                                   .has_uint32 = true,
                                   .uinteger = 0xffffffff};
  job.failures = {{16, {.num_failures = 2, .infeasible = false}}, {64, {.num_failures = 0, .infeasible = true}}};
  job.num_running_trials = 3;
  v1::Job message = Convert<v1::Job>(job);
  message.clear_spec();
  CheckEqual(message, R"(
    stage: STAGE_MAB exp_default_batch_size: 16 min_cost: 0 min_cost_batch_size: 64 create_time { seconds: 5 }
    generator_state {
      state_high: 18446744073709551615 state_low: 2 inc_high: 3 inc_low: 9223372036854775809 has_uint32: true
      uinteger: 4294967295
    }
    failures { batch_size: 16 num_failures: 2 } failures { batch_size: 64 infeasible: true } num_running_trials: 3)");
}

TEST_CASE("Times are written to the microsecond, before 1970 too") {
  const auto written = [](absl::Time time) {
    Job job;
    job.create_time = time;
    return Convert<v1::Job>(job).create_time();
  };
  CheckEqual(written(absl::UnixEpoch()), "");
  CheckEqual(written(absl::FromUnixMicros(1700000000123456)), "seconds: 1700000000 nanos: 123456000");
  CheckEqual(written(absl::FromUnixMicros(-1)), "seconds: -1 nanos: 999999000");
  CheckEqual(written(absl::FromUnixMicros(-1500000)), "seconds: -2 nanos: 500000000");
  CheckEqual(written(absl::FromUnixSeconds(-86400)), "seconds: -86400");
}

TEST_CASE("A running trial has no end and no result") {
  const Trial trial{.job_id = "job",
                    .trial_number = 3,
                    .batch_size = 32,
                    .type = TrialType::kConcurrent,
                    .status = TrialStatus::kDispatched,
                    .start_time = absl::FromUnixSeconds(7),
                    .client_id = "host:1"};
  CheckEqual(Convert<v1::Trial>(trial), R"(
    job_id: "job" trial_number: 3 batch_size: 32 type: TRIAL_TYPE_CONCURRENT status: TRIAL_STATUS_DISPATCHED
    start_time { seconds: 7 } client_id: "host:1")");
}

TEST_CASE("A trial that succeeded shows its result, zeros and false included") {
  Trial trial{.job_id = "job",
              .trial_number = 1,
              .batch_size = 16,
              .type = TrialType::kMab,
              .status = TrialStatus::kSucceeded,
              .start_time = absl::FromUnixSeconds(7),
              .end_time = absl::FromUnixSeconds(9),
              .result = Result{.time_seconds = 1.5, .energy_joules = 2.5, .converged = true}};
  const std::string common = R"(
    job_id: "job" trial_number: 1 batch_size: 16 type: TRIAL_TYPE_MAB status: TRIAL_STATUS_SUCCEEDED
    start_time { seconds: 7 } end_time { seconds: 9 } )";
  CheckEqual(Convert<v1::Trial>(trial), common + "time_seconds: 1.5 energy_joules: 2.5 converged: true");
  trial.result = Result{};
  CheckEqual(Convert<v1::Trial>(trial), common + "time_seconds: 0 energy_joules: 0 converged: false");
}

TEST_CASE("A trial that a report ended shows why, and is read back") {
  Trial trial{.job_id = "job",
              .trial_number = 1,
              .batch_size = 16,
              .type = TrialType::kMab,
              .status = TrialStatus::kSucceeded,
              .start_time = absl::FromUnixSeconds(7),
              .end_time = absl::FromUnixSeconds(9),
              .result = Result{.time_seconds = 1, .energy_joules = 2, .converged = true}};
  trial.final_report = FinalReport{.reason = EndReason::kTargetReached, .metric = 0, .epochs = 0};
  const std::string common = R"(
    job_id: "job" trial_number: 1 batch_size: 16 type: TRIAL_TYPE_MAB status: TRIAL_STATUS_SUCCEEDED
    start_time { seconds: 7 } end_time { seconds: 9 } time_seconds: 1 energy_joules: 2 )";
  CheckEqual(Convert<v1::Trial>(trial),
             common + "converged: true end_reason: END_REASON_TARGET_REACHED last_metric: 0 epochs: 0");
  CHECK_FALSE(FromProto(Convert<v1::Trial>(trial)).final_report->cost_limit.has_value());

  trial.result->converged = false;
  trial.final_report = FinalReport{.reason = EndReason::kMaxEpochsDone, .metric = -0.5, .epochs = 100, .cost_limit = 0};
  CheckEqual(
      Convert<v1::Trial>(trial),
      common + "converged: false end_reason: END_REASON_MAX_EPOCHS_DONE last_metric: -0.5 epochs: 100 cost_limit: 0");
  trial.final_report =
      FinalReport{.reason = EndReason::kCostOverLimit, .metric = kInfinity, .epochs = 3, .cost_limit = 260};
  const v1::Trial message = Convert<v1::Trial>(trial);
  CheckEqual(
      message,
      common + "converged: false end_reason: END_REASON_COST_OVER_LIMIT last_metric: inf epochs: 3 cost_limit: 260");
  CheckEqual(Convert<v1::Trial>(FromProto(message)), message.ShortDebugString());
  CHECK_FALSE(FromProto(v1::Trial()).final_report.has_value());
}

TEST_CASE("What the policies keep with a trial is written, and read back") {
  Trial trial{
      .job_id = "job",
      .trial_number = 1,
      .batch_size = 16,
      .type = TrialType::kExplore,
      .status = TrialStatus::kSucceeded,
      .start_time = absl::FromUnixSeconds(7),
      .end_time = absl::FromUnixSeconds(9),
      .result = Result{.time_seconds = 1, .energy_joules = 2, .converged = false},
      .final_report = FinalReport{.reason = EndReason::kDearerThanStartingOver,
                                  .metric = 0.25,
                                  .epochs = 3,
                                  .cost_limit = 260,
                                  .expected_rest = 300,
                                  .limit_batch_size = 64},
      .progress =
          TrialProgress{.epochs = 4, .time_seconds = 1.5, .energy_joules = 2.5, .metric = 0, .first_epoch_cost = 0},
      .end_revision = 0,
      .ticket = testing::FullTicket()};
  const v1::Trial message = Convert<v1::Trial>(trial);
  CheckEqual(message, R"(
    job_id: "job" trial_number: 1 batch_size: 16 type: TRIAL_TYPE_EXPLORE status: TRIAL_STATUS_SUCCEEDED
    start_time { seconds: 7 } end_time { seconds: 9 } time_seconds: 1 energy_joules: 2 converged: false
    end_reason: END_REASON_DEARER_THAN_STARTING_OVER last_metric: 0.25 epochs: 3 cost_limit: 260 expected_rest: 300
    limit_batch_size: 64
    progress { epochs: 4 time_seconds: 1.5 energy_joules: 2.5 metric: 0 first_epoch_cost: 0 } end_revision: 0
    curves_ticket {
      reference_cost: 1234.5 log_epochs: 2.5 mean: 2.25 sd: 0.125 log_cost: -4.5 escalation: 16 known_cost: -4.25
      jump: 0.375
    })");
  CHECK(FromProto(message).ticket == trial.ticket);
  CheckEqual(Convert<v1::Trial>(FromProto(message)), message.ShortDebugString());
  trial.progress = TrialProgress{};
  trial.ticket->known_cost.reset();
  trial.end_revision.reset();
  const v1::Trial sparse = Convert<v1::Trial>(trial);
  CHECK_FALSE(sparse.progress().has_metric());
  CHECK_FALSE(sparse.progress().has_first_epoch_cost());
  CHECK_FALSE(sparse.curves_ticket().has_known_cost());
  CHECK_FALSE(sparse.has_end_revision());
  CheckEqual(Convert<v1::Trial>(FromProto(sparse)), sparse.ShortDebugString());
}

TEST_CASE("Each type and end of the curves policy is written, and read back") {
  for (const auto& [type, expected] :
       {std::pair(TrialType::kFirst, v1::TRIAL_TYPE_FIRST), std::pair(TrialType::kBest, v1::TRIAL_TYPE_BEST),
        std::pair(TrialType::kExplore, v1::TRIAL_TYPE_EXPLORE)}) {
    const Trial trial{.type = type, .ticket = testing::FullTicket(KindOf(type))};
    CHECK(Convert<v1::Trial>(trial).type() == expected);
    CHECK(FromProto(Convert<v1::Trial>(trial)).type == type);
    CHECK(FromProto(Convert<v1::Trial>(trial)).ticket == trial.ticket);
  }
  for (const auto& [reason, expected] :
       {std::pair(EndReason::kNextEpochOverLimit, v1::END_REASON_NEXT_EPOCH_OVER_LIMIT),
        std::pair(EndReason::kDearerThanStartingOver, v1::END_REASON_DEARER_THAN_STARTING_OVER),
        std::pair(EndReason::kSlowerThanAnother, v1::END_REASON_SLOWER_THAN_ANOTHER)}) {
    const Trial trial{
        .status = TrialStatus::kSucceeded, .result = Result(), .final_report = FinalReport{.reason = reason}};
    CHECK(Convert<v1::Trial>(trial).end_reason() == expected);
    CHECK(FromProto(Convert<v1::Trial>(trial)).final_report->reason == reason);
  }
  const Trial failed{.status = TrialStatus::kFailed, .failure = TrialFailure::kNotConverged};
  CHECK(Convert<v1::Trial>(failed).failure() == v1::TRIAL_FAILURE_NOT_CONVERGED);
}

TEST_CASE("A trial that failed has an end and no result, and says how it failed where that is known") {
  Trial trial{.job_id = "job",
              .trial_number = 1,
              .batch_size = 16,
              .type = TrialType::kExploration,
              .status = TrialStatus::kFailed,
              .start_time = absl::FromUnixSeconds(7),
              .end_time = absl::FromUnixSeconds(7)};
  const std::string common = R"(
    job_id: "job" trial_number: 1 batch_size: 16 type: TRIAL_TYPE_EXPLORATION status: TRIAL_STATUS_FAILED
    start_time { seconds: 7 } end_time { seconds: 7 } )";
  CheckEqual(Convert<v1::Trial>(trial), common);
  trial.failure = TrialFailure::kTimedOut;
  CheckEqual(Convert<v1::Trial>(trial), common + "failure: TRIAL_FAILURE_TIMED_OUT");
  trial.failure = TrialFailure::kInfeasible;
  CheckEqual(Convert<v1::Trial>(trial), common + "failure: TRIAL_FAILURE_INFEASIBLE");
}

TEST_CASE("An arm is read and written, with infinite precisions") {
  const GaussianTsArm arm{.batch_size = 32,
                          .param_mean = -12.5,
                          .param_precision = kInfinity,
                          .reward_precision = kInfinity,
                          .num_observations = 4};
  v1::GaussianTsArm message;
  ToProto("job", arm, message);
  CheckEqual(message, R"(job_id: "job" batch_size: 32 param_mean: -12.5 param_precision: inf reward_precision: inf
                         num_observations: 4)");
  CHECK(FromProto(message) == arm);
  // Precisions that differ are not mixed up.
  const GaussianTsArm finite = FromProto(Parse<v1::GaussianTsArm>("param_precision: 1 reward_precision: 2"));
  CHECK(finite.param_precision == 1);
  CHECK(finite.reward_precision == 2);
}

TEST_CASE("A result is written") {
  CheckEqual(Convert<v1::TrialResult>(TrialResult{.trial_number = 9, .result = {1.5, 2.5, true}}),
             "trial_number: 9 time_seconds: 1.5 energy_joules: 2.5 converged: true");
}

TEST_CASE("Enumerations are read") {
  CHECK(FromProto(v1::TRIAL_TYPE_EXPLORATION) == TrialType::kExploration);
  CHECK(FromProto(v1::TRIAL_TYPE_CONCURRENT) == TrialType::kConcurrent);
  CHECK(FromProto(v1::TRIAL_TYPE_MAB) == TrialType::kMab);
  CHECK(FromProto(v1::TRIAL_TYPE_FIRST) == TrialType::kFirst);
  CHECK(FromProto(v1::TRIAL_TYPE_BEST) == TrialType::kBest);
  CHECK(FromProto(v1::TRIAL_TYPE_EXPLORE) == TrialType::kExplore);
  CHECK(FromProto(v1::TRIAL_STATUS_DISPATCHED) == TrialStatus::kDispatched);
  CHECK(FromProto(v1::TRIAL_STATUS_SUCCEEDED) == TrialStatus::kSucceeded);
  CHECK(FromProto(v1::TRIAL_STATUS_FAILED) == TrialStatus::kFailed);
  CHECK(FromProto(v1::TRIAL_FAILURE_UNSPECIFIED) == TrialFailure::kFailed);
  CHECK(FromProto(v1::TRIAL_FAILURE_FAILED) == TrialFailure::kFailed);
  CHECK(FromProto(v1::TRIAL_FAILURE_INFEASIBLE) == TrialFailure::kInfeasible);
  CHECK(FromProto(v1::TRIAL_FAILURE_CANCELLED) == TrialFailure::kCancelled);
  CHECK(FromProto(v1::TRIAL_FAILURE_TIMED_OUT) == TrialFailure::kTimedOut);
  CHECK(FromProto(v1::STAGE_PRUNING) == Stage::kPruning);
  CHECK(FromProto(v1::STAGE_MAB) == Stage::kMab);
  CHECK(FromProto(v1::STAGE_NONE) == Stage::kNone);
  CHECK(FromProto(v1::TRIAL_FAILURE_NOT_CONVERGED) == TrialFailure::kNotConverged);
  CHECK(FromProto(v1::POLICY_UNSPECIFIED) == PolicyKind::kZeus);
  CHECK(FromProto(v1::POLICY_ZEUS) == PolicyKind::kZeus);
  CHECK(FromProto(v1::POLICY_CURVES) == PolicyKind::kCurves);
}

}  // namespace
}  // namespace zeus::bso::api

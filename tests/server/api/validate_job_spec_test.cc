#include "server/api/validation/validate_job_spec.h"

#include <set>
#include <string>
#include <vector>

#include "tests/server/api/field_cases.h"
#include "tests/support/spec_messages.h"

namespace zeus::bso::api {
namespace {

v1::RegisterJobRequest Valid() {
  v1::RegisterJobRequest request;
  *request.mutable_spec() = testing::MakeSpecMessage();
  return request;
}

// As Valid, without a job_id.
v1::RegisterJobRequest ValidWithPrefix() {
  v1::RegisterJobRequest request = Valid();
  request.mutable_spec()->clear_job_id();
  request.mutable_spec()->set_job_id_prefix("prefix");
  return request;
}

v1::RegisterJobRequest WithSizes(const std::vector<int64_t>& sizes, int64_t default_size) {
  v1::RegisterJobRequest request = Valid();
  request.mutable_spec()->mutable_batch_sizes()->Assign(sizes.begin(), sizes.end());
  request.mutable_spec()->set_default_batch_size(default_size);
  return request;
}

std::vector<int64_t> SizesUpTo(int64_t count) {
  std::vector<int64_t> sizes;
  for (int64_t size = 1; size <= count; ++size) sizes.push_back(size);
  return sizes;
}

using Fields = std::vector<std::string>;

TEST_CASE("A specification without any field is refused, with every required field named") {
  CHECK(WrongFields(Validate(v1::RegisterJobRequest())) == Fields{"spec.job_id_prefix", "spec.gpu_model",
                                                                  "spec.batch_sizes", "spec.default_batch_size",
                                                                  "spec.max_power", "spec.number_of_gpus"});
  CHECK(WrongFields(Validate(v1::CreateJobRequest())) == Fields{"spec.job_id", "spec.gpu_model", "spec.batch_sizes",
                                                                "spec.default_batch_size", "spec.max_power",
                                                                "spec.number_of_gpus"});
}

TEST_CASE("A specification's job_id has 1 to 256 bytes without control characters") {
  v1::CreateJobRequest create;
  *create.mutable_spec() = testing::MakeSpecMessage();
  CheckJobIdField(create, "spec.job_id");
  CheckField<std::string>(Valid(), "spec.job_id", {std::string(257, 'x'), "a\nb", "\x7f", "\u0085"},
                          {"x", std::string(256, 'x'), "\u00a0"});
}

TEST_CASE("A job_id that does not begin with its prefix is refused") {
  v1::RegisterJobRequest request = Valid();
  request.mutable_spec()->set_job_id_prefix("job");
  CheckField<std::string>(request, "spec.job_id", {"jo", "Job-1", "a job"}, {"job", "job-2"});
  request.mutable_spec()->set_job_id_prefix("other");
  CHECK(WrongFields(Validate(request)) == Fields{"spec.job_id"});
}

TEST_CASE("A job_id_prefix has at most 247 bytes without control characters") {
  CheckField<std::string>(ValidWithPrefix(), "spec.job_id_prefix",
                          {"", std::string(248, 'x'), std::string("a\0", 2), "\t", "\u0090"},
                          {"x", std::string(247, 'x')});
}

TEST_CASE("Only a registration may leave the job_id to the server") {
  v1::CreateJobRequest create;
  *create.mutable_spec() = ValidWithPrefix().spec();
  CHECK_THAT(Validate(ValidWithPrefix()), testing::IsOk());
  // Whether once or for each rule that it breaks.
  const Fields wrong = WrongFields(Validate(create));
  CHECK(std::set<std::string>(wrong.begin(), wrong.end()) == std::set<std::string>{"spec.job_id"});
}

TEST_CASE("A specification has 1 to 1024 batch sizes") {
  CHECK(WrongFields(Validate(WithSizes({}, 1))) == Fields{"spec.batch_sizes", "spec.default_batch_size"});
  CHECK_THAT(Validate(WithSizes({1}, 1)), testing::IsOk());
  CHECK_THAT(Validate(WithSizes(SizesUpTo(1024), 1)), testing::IsOk());
  CHECK(WrongFields(Validate(WithSizes(SizesUpTo(1025), 1))) == Fields{"spec.batch_sizes"});
}

TEST_CASE("Each batch size is in 1 to 2^40") {
  const int64_t largest = int64_t{1} << 40;
  CHECK_THAT(Validate(WithSizes({largest, 1}, largest)), testing::IsOk());
  CHECK(WrongFields(Validate(WithSizes({8, 0, -3, largest + 1, kMaxInt, kMinInt}, 8))) ==
        Fields{"spec.batch_sizes[1]", "spec.batch_sizes[2]", "spec.batch_sizes[3]", "spec.batch_sizes[4]",
               "spec.batch_sizes[5]"});
}

TEST_CASE("Batch sizes that repeat are refused, wherever they stand") {
  CHECK_THAT(Validate(WithSizes({8, 4, 16}, 4)), testing::IsOk());
  CHECK(WrongFields(Validate(WithSizes({8, 4, 8}, 4))) == Fields{"spec.batch_sizes"});
}

TEST_CASE("The default batch size is one of the batch sizes") {
  CheckField<int64_t>(Valid(), "spec.default_batch_size", {0, -32, 33, kMaxInt}, {16, 32, 64});
}

TEST_CASE("eta_knob is in 0 to 1") {
  CheckField<double>(Valid(), "spec.eta_knob", {-1e-9, 1.0000001, kMaxDouble, kNan, kInfinity, -kInfinity},
                     {0, 0.5, 1});
}

TEST_CASE("beta_knob is finite and greater than 0") {
  CheckField<double>(Valid(), "spec.beta_knob", {0, -1, kNan, kInfinity, -kInfinity}, {1e-300, 1, kMaxDouble});
}

TEST_CASE("beta_knob and disable_early_stop exclude each other") {
  v1::RegisterJobRequest request = Valid();
  request.mutable_spec()->set_disable_early_stop(true);
  CHECK_THAT(Validate(request), testing::IsOk());
  request.mutable_spec()->set_beta_knob(2);
  CHECK(WrongFields(Validate(request)) == Fields{"spec.beta_knob"});
}

TEST_CASE("target_metric is finite") {
  CheckField<double>(Valid(), "spec.target_metric", {kNan, kInfinity, -kInfinity}, {0, -1, kMaxDouble, -kMaxDouble});
}

TEST_CASE("max_epochs is at least 1") {
  CheckField<int64_t>(Valid(), "spec.max_epochs", {0, -1, kMinInt}, {1, kMaxInt});
}

TEST_CASE("num_pruning_rounds is in 0 to 1024") {
  CheckField<int64_t>(Valid(), "spec.num_pruning_rounds", {-1, kMinInt, 1025, kMaxInt}, {0, 1024});
}

TEST_CASE("window_size and mab_num_explorations are at least 0") {
  CheckCountField(Valid(), "spec.window_size");
  CheckCountField(Valid(), "spec.mab_num_explorations");
}

TEST_CASE("mab_prior_mean is in -1e100 to 1e100") {
  CheckField<double>(Valid(), "spec.mab_prior_mean", {1.001e100, -1.001e100, kMaxDouble, kNan, kInfinity, -kInfinity},
                     {0, -1, 1e100, -1e100});
}

TEST_CASE("mab_prior_precision is in 0 to 1e100") {
  CheckField<double>(Valid(), "spec.mab_prior_precision", {-1e-300, 1.001e100, kNan, kInfinity, -kInfinity},
                     {0, 1e-300, 1e100});
}

TEST_CASE("max_power is greater than 0 and at most 1e50") {
  CheckField<double>(Valid(), "spec.max_power", {0, -1, 1.001e50, kMaxDouble, kNan, kInfinity, -kInfinity},
                     {1e-300, 1e50});
}

TEST_CASE("number_of_gpus is at least 1") {
  CheckField<int64_t>(Valid(), "spec.number_of_gpus", {0, -1, kMinInt}, {1, kMaxInt});
}

TEST_CASE("gpu_model has 1 to 256 bytes") {
  CheckField<std::string>(Valid(), "spec.gpu_model", {"", std::string(257, 'x')}, {"x", std::string(256, 'x')});
}

TEST_CASE("max_failures_per_batch_size is at least 0") { CheckCountField(Valid(), "spec.max_failures_per_batch_size"); }

TEST_CASE("trial_timeout is 0 or from 1 ms to 3,650 days") {
  constexpr int64_t kMaxSeconds = int64_t{3650} * 24 * 3600;
  CheckField<int64_t>(Valid(), "spec.trial_timeout.seconds", {}, {0, 1, kMaxSeconds});
  CheckField<int64_t>(Valid(), "spec.trial_timeout.nanos", {}, {0, 1'000'000, 999'999'999});
  for (const auto& [seconds, nanos] : std::vector<std::pair<int64_t, int32_t>>{{-1, 0},
                                                                               {kMaxSeconds, 1},
                                                                               {kMaxSeconds + 1, 0},
                                                                               {kMaxInt, 0},
                                                                               {kMinInt, 0},
                                                                               {0, 999'999},
                                                                               {0, -1},
                                                                               {1, -1},
                                                                               {0, 1'000'000'000},
                                                                               {1, 2'000'000'000}}) {
    CAPTURE(seconds, nanos);
    v1::RegisterJobRequest request = Valid();
    request.mutable_spec()->mutable_trial_timeout()->set_seconds(seconds);
    request.mutable_spec()->mutable_trial_timeout()->set_nanos(nanos);
    CHECK(WrongFields(Validate(request)) == Fields{"spec.trial_timeout"});
  }
}

TEST_CASE("A seed may be any number") {
  v1::RegisterJobRequest request = Valid();
  for (const uint64_t seed : {uint64_t{0}, ~uint64_t{0}}) {
    request.mutable_spec()->set_mab_seed(seed);
    CHECK_THAT(Validate(request), testing::IsOk());
  }
}

TEST_CASE("All that is wrong with a specification is named at once") {
  v1::RegisterJobRequest request = Valid();
  v1::JobSpec& spec = *request.mutable_spec();
  spec.set_eta_knob(2);
  spec.set_max_epochs(0);
  spec.set_window_size(-1);
  spec.set_mab_prior_mean(kNan);
  spec.set_max_power(0);
  CHECK(WrongFields(Validate(request)) ==
        Fields{"spec.eta_knob", "spec.max_epochs", "spec.window_size", "spec.mab_prior_mean", "spec.max_power"});
}

}  // namespace
}  // namespace zeus::bso::api

#include <functional>
#include <map>
#include <optional>
#include <regex>
#include <string>
#include <utility>
#include <vector>

#include "catch2/catch.hpp"
#include "server/service/optimizer.h"
#include "tests/server/service/optimizer_fixture.h"

namespace zeus::bso {
namespace {

using testing::FailsWith;
using testing::IsOk;
using testing::MakeSpec;
using testing::OptimizerFixture;
using testing::Value;

TEST_CASE_METHOD(OptimizerFixture, "Registering a new job creates it as it was given") {
  bool created = false;
  REQUIRE_THAT(TryRegister(MakeSpec(), &created), IsOk());
  CHECK(created);
  CHECK(StoredJob().spec == MakeSpec());
  CHECK(StoredJob().stage == Stage::kPruning);
}

TEST_CASE_METHOD(OptimizerFixture, "Registering the same job again finds it and changes nothing") {
  REQUIRE_THAT(TryRegister(MakeSpec()), IsOk());
  const testing::Rows before = StoredRows();
  bool created = true;
  REQUIRE_THAT(TryRegister(MakeSpec(), &created), IsOk());
  CHECK_FALSE(created);
  CHECK((StoredRows() == before));
}

TEST_CASE_METHOD(OptimizerFixture, "Registering again answers with the job as far as it has come") {
  REQUIRE_THAT(TryRegister(MakeSpec()), IsOk());
  ReachTarget(Start(), 100);
  Commit([](ZeusService& service) {
    const Registration again = Value(Optimizer(service).Register(MakeSpec()));
    CHECK_FALSE(again.created);
    CHECK(again.job->min_cost == 100);
  });
}

using Change = std::function<void(JobSpec&)>;

// One change of each field but job_id, by the name of the field.
const std::vector<std::pair<std::string, Change>>& Changes() {
  static const std::vector<std::pair<std::string, Change>> changes = {
      {"job_id_prefix", [](JobSpec& spec) { spec.job_id_prefix = "j"; }},
      {"batch_sizes",
       [](JobSpec& spec) {
         spec.batch_sizes = {16, 32, 128};
       }},
      {"default_batch_size", [](JobSpec& spec) { spec.default_batch_size = 64; }},
      {"eta_knob", [](JobSpec& spec) { spec.eta_knob = 0.999; }},
      {"beta_knob", [](JobSpec& spec) { spec.beta_knob = 2.5; }},
      {"target_metric", [](JobSpec& spec) { spec.target_metric = 0.6; }},
      {"higher_is_better_metric", [](JobSpec& spec) { spec.higher_is_better_metric = false; }},
      {"max_epochs", [](JobSpec& spec) { spec.max_epochs = 99; }},
      {"num_pruning_rounds", [](JobSpec& spec) { spec.num_pruning_rounds = 3; }},
      {"window_size", [](JobSpec& spec) { spec.window_size = 1; }},
      {"mab_prior_mean", [](JobSpec& spec) { spec.mab_prior_mean = -1; }},
      {"mab_prior_precision", [](JobSpec& spec) { spec.mab_prior_precision = 0.5; }},
      {"mab_num_explorations", [](JobSpec& spec) { spec.mab_num_explorations = 3; }},
      {"mab_seed", [](JobSpec& spec) { spec.mab_seed = 2; }},
      {"max_power", [](JobSpec& spec) { spec.max_power = 301; }},
      {"number_of_gpus", [](JobSpec& spec) { spec.number_of_gpus = 2; }},
      {"gpu_model", [](JobSpec& spec) { spec.gpu_model = "v100"; }},
  };
  return changes;
}

// Asserts that the error names exactly `fields`, separated by commas.
void CheckConflict(const absl::Status& status, const std::string& fields) {
  CHECK_THAT(status, FailsWith(Reason::kJobExists));
  CHECK(MetadataOf(status) == std::map<std::string, std::string>{{"fields", fields}});
  CHECK_THAT(std::string(status.message()), Catch::Contains("'job'") && Catch::EndsWith(": " + fields));
}

TEST_CASE_METHOD(OptimizerFixture, "A conflict names the field that differs, whichever it is, and changes nothing") {
  REQUIRE_THAT(TryRegister(MakeSpec()), IsOk());
  const testing::Rows before = StoredRows();
  for (const auto& [field, change] : Changes()) {
    CAPTURE(field);
    JobSpec spec = MakeSpec();
    change(spec);
    CheckConflict(TryRegister(spec), field);
  }
  CHECK((StoredRows() == before));
}

TEST_CASE_METHOD(OptimizerFixture, "A conflict names all the fields that differ") {
  REQUIRE_THAT(TryRegister(MakeSpec()), IsOk());
  JobSpec spec = MakeSpec();
  std::string fields;
  for (const auto& [field, change] : Changes()) {
    change(spec);
    fields += (fields.empty() ? "" : ",") + field;
  }
  CheckConflict(TryRegister(spec), fields);
}

TEST_CASE_METHOD(OptimizerFixture, "A value that is absent differs from any that is there") {
  JobSpec spec = MakeSpec();
  spec.mab_seed = 0;
  REQUIRE_THAT(TryRegister(spec), IsOk());
  JobSpec no_seed = spec;
  no_seed.mab_seed = std::nullopt;
  CheckConflict(TryRegister(no_seed), "mab_seed");
  JobSpec no_beta = spec;
  no_beta.beta_knob = std::nullopt;
  CheckConflict(TryRegister(no_beta), "beta_knob");
}

TEST_CASE_METHOD(OptimizerFixture, "Fewer or more batch sizes are a conflict") {
  REQUIRE_THAT(TryRegister(MakeSpec()), IsOk());
  for (const std::vector<int64_t>& sizes : {std::vector<int64_t>{16, 32}, {16, 32, 64, 128}}) {
    JobSpec spec = MakeSpec();
    spec.batch_sizes = sizes;
    CheckConflict(TryRegister(spec), "batch_sizes");
  }
}

TEST_CASE_METHOD(OptimizerFixture, "A job without an id gets one of its prefix and eight hexadecimal digits") {
  JobSpec spec = MakeSpec("");
  spec.job_id_prefix = "bert";
  std::string job_id;
  Commit([&](ZeusService& service) {
    const Registration registration = Value(Optimizer(service).Register(spec));
    CHECK(registration.created);
    job_id = registration.job->spec.job_id;
  });
  CAPTURE(job_id);
  CHECK(std::regex_match(job_id, std::regex("bert-[0-9a-f]{8}")));
  spec.job_id = job_id;
  CHECK(StoredJob(job_id).spec == spec);
}

TEST_CASE_METHOD(OptimizerFixture, "Each registration without an id makes a job of its own") {
  JobSpec spec = MakeSpec("");
  spec.job_id_prefix = "bert";
  std::string job_ids[2];
  for (std::string& job_id : job_ids) {
    Commit([&](ZeusService& service) { job_id = Value(Optimizer(service).Register(spec)).job->spec.job_id; });
  }
  CHECK(job_ids[0] != job_ids[1]);
  for (const std::string& job_id : job_ids) CHECK(StoredJob(job_id).spec.job_id == job_id);
}

}  // namespace
}  // namespace zeus::bso

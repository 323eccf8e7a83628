#include <vector>

#include "catch2/catch.hpp"
#include "server/service/zeus_service.h"
#include "tests/server/service/fixture.h"
#include "tests/support/special_values.h"

namespace zeus::bso {
namespace {

using testing::IsOk;
using testing::MakeSpec;
using testing::Value;

using testing::kInfinity;

// An arm that knows nothing but its size.
GaussianTsArm Blank(int64_t batch_size) { return {.batch_size = batch_size}; }

class ArmsFixture : public testing::ServiceFixture {
 public:
  ArmsFixture() { CreateJob(MakeSpec()); }
};

TEST_CASE_METHOD(ArmsFixture, "Arms are listed by size ascending, in whatever order they were made") {
  CreateArms({Blank(64), Blank(16)});
  CreateArms({Blank(32)});
  CHECK(StoredArms() == std::vector<GaussianTsArm>{Blank(16), Blank(32), Blank(64)});
}

TEST_CASE_METHOD(ArmsFixture, "A stored arm keeps every digit, infinite precisions included") {
  const GaussianTsArm finite{16, -0.1, 1e-300, 1.0 / 3, 7};
  const GaussianTsArm certain{32, -1e100, kInfinity, kInfinity, 1};
  CreateArms({finite, certain});
  CHECK(StoredArms() == std::vector<GaussianTsArm>{finite, certain});
  Commit([&](ZeusService& service) {
    CHECK(*Value(service.GetArm("job", 16)) == finite);
    CHECK(*Value(service.GetArm("job", 32)) == certain);
  });
}

TEST_CASE_METHOD(ArmsFixture, "Each job has arms of its own") {
  CreateJob(MakeSpec("another"));
  CreateArms({Blank(16)});
  CreateArms({Blank(16), Blank(64)}, "another");
  CHECK(StoredArms() == std::vector<GaussianTsArm>{Blank(16)});
  CHECK(StoredArms("another") == std::vector<GaussianTsArm>{Blank(16), Blank(64)});
}

TEST_CASE_METHOD(ArmsFixture, "Creating no arms does nothing, though nothing was fetched and no such job exists") {
  const testing::Rows before = StoredRows();
  Commit([](ZeusService& service) {
    CHECK_THAT(service.CreateArms("job", {}), IsOk());
    CHECK_THAT(service.CreateArms("another", {}), IsOk());
  });
  CHECK((StoredRows() == before));
}

TEST_CASE_METHOD(ArmsFixture, "A MAB trial replaces the fetched arm and no other") {
  CreateArms({Blank(16), Blank(32)});
  const Trial trial = CreateTrial(32, TrialType::kMab);
  const GaussianTsArm changed{32, -5, 2, 1, 2};
  Commit([&](ZeusService& service) {
    Value(service.GetJob("job"));
    Value(service.GetTrial({"job", 32, trial.trial_number}));
    Value(service.GetArm("job", 32));
    CHECK_THAT(service.UpdateArmState({"job", 32, trial.trial_number}, changed), IsOk());
    CHECK(*Value(service.GetArm("job", 32)) == changed);
  });
  CHECK(StoredArms() == std::vector<GaussianTsArm>{Blank(16), changed});
}

TEST_CASE_METHOD(ArmsFixture, "An arm created in a session can be replaced in it without being fetched") {
  const Trial trial = CreateTrial(32, TrialType::kMab);
  const GaussianTsArm changed{32, -5, 2, 1, 2};
  Commit([&](ZeusService& service) {
    Value(service.GetJob("job"));
    Value(service.GetTrial({"job", 32, trial.trial_number}));
    CHECK_THAT(service.CreateArms("job", std::vector<GaussianTsArm>{Blank(32)}), IsOk());
    CHECK_THAT(service.UpdateArmState({"job", 32, trial.trial_number}, changed), IsOk());
  });
  CHECK(StoredArms() == std::vector<GaussianTsArm>{changed});
}

}  // namespace
}  // namespace zeus::bso

#include <algorithm>
#include <optional>
#include <set>
#include <vector>

#include "catch2/catch.hpp"
#include "server/random/generator.h"
#include "server/service/zeus_service.h"
#include "tests/server/service/fixture.h"

namespace zeus::bso {
namespace {

using testing::MakeSpec;
using testing::Value;

const std::vector<int64_t> kDrawnSizes = {8, 16, 32, 64, 128};

class DrawsFixture : public testing::ServiceFixture {
 public:
  DrawsFixture() {
    JobSpec seeded = MakeSpec("seeded");
    seeded.mab_seed = 42;
    CreateJob(seeded);
    JobSpec free = MakeSpec("free");
    free.mab_seed = std::nullopt;
    CreateJob(free);
  }

  double Normal(const std::string& job_id, double loc, double scale) {
    double drawn = 0;
    Commit([&](ZeusService& service) {
      Value(service.GetJob(job_id));
      drawn = Value(service.GetNormal(job_id, loc, scale));
    });
    return drawn;
  }

  std::vector<int64_t> Choices(const std::string& job_id) {
    std::vector<int64_t> drawn;
    Commit([&](ZeusService& service) {
      Value(service.GetJob(job_id));
      drawn = Value(service.GetRandomChoices(job_id, kDrawnSizes));
    });
    return drawn;
  }
};

TEST_CASE_METHOD(DrawsFixture, "Draws of a job with a seed are those of its generator, across sessions") {
  random::Generator expected(42);
  CHECK(Choices("seeded") == expected.Choice(kDrawnSizes));
  CHECK(StoredJob("seeded").generator_state == expected.state());
  CHECK(Normal("seeded", -5, 2) == expected.Normal(-5, 2));
  CHECK(StoredJob("seeded").generator_state == expected.state());
  CHECK(Choices("seeded") == expected.Choice(kDrawnSizes));
  CHECK(StoredJob("seeded").generator_state == expected.state());
}

TEST_CASE_METHOD(DrawsFixture, "Draws within one session follow one another") {
  random::Generator expected(42);
  Commit([&](ZeusService& service) {
    Value(service.GetJob("seeded"));
    for (int i = 0; i < 3; ++i) {
      CHECK(Value(service.GetNormal("seeded", 1, 3)) == expected.Normal(1, 3));
      CHECK(Value(service.GetRandomChoices("seeded", kDrawnSizes)) == expected.Choice(kDrawnSizes));
    }
  });
  CHECK(StoredJob("seeded").generator_state == expected.state());
}

TEST_CASE_METHOD(DrawsFixture, "A dropped session leaves the generator where it was") {
  Drop([](ZeusService& service) {
    Value(service.GetJob("seeded"));
    Value(service.GetNormal("seeded", 0, 1));
    Value(service.GetRandomChoices("seeded", kDrawnSizes));
  });
  CHECK(StoredJob("seeded").generator_state == random::Generator(42).state());
  CHECK(Normal("seeded", 0, 1) == random::Generator(42).Normal(0, 1));
}

TEST_CASE_METHOD(DrawsFixture, "Each job draws from a generator of its own") {
  JobSpec twin = MakeSpec("twin");
  twin.mab_seed = 42;
  CreateJob(twin);
  Normal("seeded", 0, 1);
  CHECK(Normal("twin", 0, 1) == random::Generator(42).Normal(0, 1));
}

TEST_CASE_METHOD(DrawsFixture, "A draw that lost a race draws again from where the winner left the generator") {
  random::Generator expected(42);
  const double first = expected.Normal(0, 1);
  const double second = expected.Normal(0, 1);
  storage::Session loser = store().Begin();
  ZeusService service(loser, now, limits);
  Value(service.GetJob("seeded"));
  CHECK(Value(service.GetNormal("seeded", 0, 1)) == first);
  CHECK(Normal("seeded", 0, 1) == first);
  CHECK_THAT(testing::Commit(store(), loser), testing::FailsWith(Reason::kLostRace));
  CHECK(Normal("seeded", 0, 1) == second);
  CHECK(StoredJob("seeded").generator_state == expected.state());
}

// The reference reseeded from whole seconds at each draw, so that all arms of a pick shared one draw.
TEST_CASE_METHOD(DrawsFixture, "Without a seed every draw is independent, in one session or in several") {
  std::set<double> drawn;
  Commit([&](ZeusService& service) {
    Value(service.GetJob("free"));
    for (int i = 0; i < 5; ++i) drawn.insert(Value(service.GetNormal("free", 0, 1)));
  });
  for (int i = 0; i < 5; ++i) drawn.insert(Normal("free", 0, 1));
  CHECK(drawn.size() == 10);
}

TEST_CASE_METHOD(DrawsFixture, "Without a seed orders vary and hold every choice once") {
  std::set<std::vector<int64_t>> orders;
  // That all of them are equal has probability 120^-19.
  for (int i = 0; i < 20; ++i) {
    std::vector<int64_t> order = Choices("free");
    orders.insert(order);
    std::sort(order.begin(), order.end());
    CHECK(order == kDrawnSizes);
  }
  CHECK(orders.size() > 1);
}

TEST_CASE_METHOD(DrawsFixture, "Draws without a seed store nothing") {
  const testing::Rows before = StoredRows();
  Normal("free", 0, 1);
  Choices("free");
  CHECK((StoredRows() == before));
}

TEST_CASE_METHOD(DrawsFixture, "A normal of scale 0 is its mean, with or without a seed") {
  CHECK(Normal("seeded", -7, 0) == -7);
  CHECK(Normal("free", -7, 0) == -7);
}

}  // namespace
}  // namespace zeus::bso

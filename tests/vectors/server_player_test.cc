#include "tests/vectors/server_player.h"

#include "catch2/catch.hpp"
#include "tests/support/test_server.h"
#include "tests/vectors/recording.h"

namespace zeus::bso::curves::vectors {
namespace {

class ServerPlayerFixture {
 public:
  ServerPlayResult PlayRecording(EarlyStops early_stops) {
    const auto sequences = ReadRecording(ZEUS_BSO_TEST_DATA_DIR "/../server/policy/curves/recorded.json.gz");
    REQUIRE(sequences.ok());
    return PlayThroughServer(*sequences, early_stops, server_.client());
  }

  // One sequence of these steps, over the batch sizes 8 and 16.
  ServerPlayResult PlaySteps(const std::string& steps) {
    const auto sequences = ParseRecording(
        R"({"sequences": [{"name": "one", "spec": {"sizes": [8, 16], "default": 8, "max_epochs": 10, "beta": 2,)"
        R"( "seed": 1}, "steps": [)" +
        steps + "]}]}");
    REQUIRE(sequences.ok());
    return PlayThroughServer(*sequences, EarlyStops::kOn, server_.client());
  }

 private:
  // No result here depends on what survives a power loss.
  testing::TestServer server_{{}, storage::Durability::kAsync};
};

TEST_CASE_METHOD(ServerPlayerFixture, "A server decides as recorded") {
  const ServerPlayResult result = PlayRecording(EarlyStops::kOn);
  CHECK(result.difference.value_or("none") == "none");
  // The API expresses all of 48 of the 71 sequences, and the beginning of each other one. The rest of them needs calls
  // that it does not have, or ends runs as no trainer would.
  CHECK(result.whole_sequences >= 48);
  CHECK(result.picks >= 2082);
  CHECK(result.reports >= 3669);
  CHECK(result.ends >= 2051);
  CHECK(result.reports_left_out <= 179);
  CHECK(result.steps_not_reached <= 3206);
}

TEST_CASE_METHOD(ServerPlayerFixture, "A server without early stops picks as recorded") {
  const ServerPlayResult result = PlayRecording(EarlyStops::kOff);
  CHECK(result.difference.value_or("none") == "none");
  CHECK(result.whole_sequences >= 50);
  CHECK(result.picks >= 2161);
  CHECK(result.ends >= 2136);
  CHECK(result.steps_not_reached <= 2972);
}

TEST_CASE_METHOD(ServerPlayerFixture, "A server that decides otherwise is reported with the step") {
  const ServerPlayResult result = PlaySteps(R"(["pick", 0, 16, 0, 0, 0, 1, 1, 0, "nan", 0.15, 0, 1.0, 10])");
  CHECK(result.difference == "sequence 1 (one), step 1, batch size: expected 16, got 8");
}

}  // namespace
}  // namespace zeus::bso::curves::vectors

#include "tests/vectors/server_player.h"

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
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

  // One sequence for each of these lists of steps, over the batch sizes 8 and 16.
  ServerPlayResult PlaySteps(const std::vector<std::string>& lists) {
    std::vector<std::string> sequences;
    for (const std::string& steps : lists) {
      sequences.push_back(
          R"({"name": "short", "spec": {"sizes": [8, 16], "default": 8, "max_epochs": 10, "beta": 2, "seed": 1},)"
          R"( "steps": [)" +
          steps + "]}");
    }
    const auto recording = ParseRecording(R"({"sequences": [)" + absl::StrJoin(sequences, ",") + "]}");
    REQUIRE(recording.ok());
    return PlayThroughServer(*recording, EarlyStops::kOn, server_.client());
  }

 private:
  // No result here depends on what survives a power loss.
  testing::TestServer server_{{}, storage::Durability::kAsync};
};

// One line for each reason: the reason and the numbers of the sequences.
std::string CutsOf(const ServerPlayResult& result) {
  std::string lines;
  for (const auto& [reason, numbers] : result.cut_sequences) {
    absl::StrAppend(&lines, reason, ": ", absl::StrJoin(numbers, " "), "\n");
  }
  return lines;
}

TEST_CASE_METHOD(ServerPlayerFixture, "A server decides as recorded") {
  const ServerPlayResult result = PlayRecording(EarlyStops::kOn);
  CHECK(result.difference.value_or("none") == "none");
  CHECK(CutsOf(result) ==
        "a warm start always takes over costs: 34 62 63 75\n"
        "the job to learn from was not played whole: 60 61\n"
        "the machine of a job never changes: 37 49 51 53 57 59 82 85\n"
        "the policy stops the run at its first epoch: 48 50 52 54 55 77 83 84\n"
        "the policy stops the run before it gives up: 58 79 80\n"
        "the server counts at least one epoch: 56\n");
  CHECK(result.whole_sequences == 59);
  CHECK(result.picks >= 2860);
  CHECK(result.reports >= 4394);
  CHECK(result.ends >= 2812);
  CHECK(result.profiles >= 30);
  CHECK(result.explanations >= 118);
  CHECK(result.reports_left_out <= 386);
  CHECK(result.steps_not_reached <= 5915);
}

// Here nothing stops a run. So this plays whole what the API expresses at all: 62 of the 85 sequences.
TEST_CASE_METHOD(ServerPlayerFixture, "A server without early stops picks as recorded") {
  const ServerPlayResult result = PlayRecording(EarlyStops::kOff);
  CHECK(result.difference.value_or("none") == "none");
  CHECK(CutsOf(result) ==
        "a warm start always takes over costs: 34 62 63 75\n"
        "the job to learn from was not played whole: 60 61\n"
        "the machine of a job never changes: 37 48 49 50 51 53 54 55 57 58 59 82 83 84 85\n"
        "the server counts at least one epoch: 52 56\n");
  CHECK(result.whole_sequences == 62);
  CHECK(result.picks >= 3109);
  CHECK(result.ends >= 3076);
  CHECK(result.steps_not_reached <= 4991);
}

TEST_CASE_METHOD(ServerPlayerFixture, "A server that decides otherwise is reported with the step") {
  const ServerPlayResult result = PlaySteps({R"(["pick", 0, 16, 0, 0, 0, 1, 1, 0, "nan", 0.15, 0, 1.0, 10])"});
  CHECK(result.difference == "sequence 1 (short), step 1, batch size: expected 16, got 8");
}

TEST_CASE_METHOD(ServerPlayerFixture, "A server that explains otherwise is reported with the batch size") {
  const ServerPlayResult result = PlaySteps(
      {R"(["profile", 8, 4.0, 0.03], ["explain", [[8, 1, 1, 1, 5.0, 0, "untried"], [16, 1, 1, 1, 4, 0, "untried"]]])"});
  CHECK(result.profiles == 1);
  CHECK(
      result.difference.value_or("").starts_with("sequence 1 (short), step 2, epoch cost of batch size 8: expected 5"));
}

TEST_CASE_METHOD(ServerPlayerFixture, "A sequence is cut where the API cannot express it") {
  const std::string change = R"(["machine_changed"], ["profile", 8, 1.0, 0.03])";
  const ServerPlayResult result = PlaySteps(
      {change, R"(["profile", 8, 1.0, 0.03])", R"(["learn_from", 1, true, true], )" + change,
       R"(["learn_from", 0, true, true])", R"(["learn_from", 1, true, false])", R"(["learn_from", 2, false, true])"});
  CHECK(result.difference.value_or("none") == "none");
  CHECK(CutsOf(result) ==
        "a warm start always takes over costs: 5\n"
        "the job to learn from was not played whole: 4\n"
        "the machine of a job never changes: 1\n");
  CHECK(result.whole_sequences == 3);
  CHECK(result.steps_not_reached == 4);
}

}  // namespace
}  // namespace zeus::bso::curves::vectors

// recorded.json.gz holds decisions of the policy's reference implementation, in Python with NumPy 1.24: trainings from
// real traces, changes of all kinds, and random events. The inputs are exact; the expected numbers are rounded to 11
// digits, which keeps the file small. tests/vectors/recording.h describes its format.

#include "catch2/catch.hpp"
#include "tests/vectors/player.h"
#include "tests/vectors/recording.h"

namespace zeus::bso::curves::vectors {
namespace {

TEST_CASE("The policy decides as recorded") {
  const auto sequences = ReadRecording(ZEUS_BSO_TEST_DATA_DIR "/server/policy/curves/recorded.json.gz");
  REQUIRE(sequences.ok());
  const PlayResult result = Play(*sequences);
  CHECK(result.difference.value_or("none") == "none");
  CHECK(result.sequences == 85);
  CHECK(result.steps == 16521);
}

constexpr char kSpec[] = R"({"sizes": [8, 16], "default": 8, "max_epochs": 10, "beta": 2, "seed": 1})";

std::string Recording(const std::string& spec, const std::string& steps) {
  return R"({"sequences": [{"name": "one", "spec": )" + spec + R"(, "steps": [)" + steps + "]}]}";
}

std::string ErrorOf(const std::string& recording) { return std::string(ParseRecording(recording).status().message()); }

TEST_CASE("A difference is reported with its place, what was expected and what came") {
  const std::string pick = R"(["pick", 0, 16, 0, 0, 0, 1, 1, 0, "nan", 0.15, 0, 1.0, 10])";
  const auto sequences = ParseRecording(Recording(kSpec, R"(["machine_changed"], )" + pick));
  REQUIRE(sequences.ok());
  const PlayResult result = Play(*sequences);
  CHECK(result.difference == "sequence 1 (one), step 2, batch size: expected 16, got 8");
  CHECK(result.sequences == 0);
  CHECK(result.steps == 1);
}

TEST_CASE("A malformed recording is refused with its place") {
  CHECK(ErrorOf("{") == "not JSON");
  CHECK(ErrorOf("[]") == "has no list \"sequences\"");
  CHECK(ErrorOf(R"({"sequences": [1]})") == "sequence 1: not an object");
  CHECK(ErrorOf(Recording("3", "")) == "sequence 1 (one): spec.default is not an integer");
  CHECK(ErrorOf(Recording(kSpec, "3")) == "sequence 1 (one), step 1: not a list");
  CHECK(ErrorOf(Recording(kSpec, R"(["machine_changed", 1])")) == "sequence 1 (one), step 1: has 2 members");
  CHECK(ErrorOf(Recording(kSpec, R"(["reboot"])")) == "sequence 1 (one), step 1: no step is named \"reboot\"");
  CHECK(ErrorOf(Recording(kSpec, R"(["learn_from", 0, true, true])")) ==
        "sequence 1 (one), step 1: the sequence is not an earlier one");
  CHECK(ErrorOf(Recording(kSpec, R"(["report", 7, 1, 1.0, 1.0, true])")) ==
        "sequence 1 (one), step 1: run 7 is not in flight");
  CHECK(ErrorOf(Recording(kSpec, R"(["profile", 8, 1.0, "wide"])")) == "sequence 1 (one), step 1: sd is not a number");
  CHECK(ErrorOf(Recording(kSpec, R"(["explain", []])")) == "sequence 1 (one), step 1: needs a row for each batch size");
  CHECK(ErrorOf(Recording(R"({"sizes": [16, 8], "default": 8, "max_epochs": 10, "beta": 2, "seed": 1})", "")) ==
        "sequence 1 (one): spec.sizes must be 1 to 1024 ascending positive integers");
}

TEST_CASE("A file that cannot be read is named") {
  const auto missing = ReadRecording("/nonexistent/recording.json");
  CHECK(missing.status().message() == "/nonexistent/recording.json: cannot be opened");
}

}  // namespace
}  // namespace zeus::bso::curves::vectors

// What the server writes to its log.
#include <algorithm>
#include <chrono>
#include <string>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_split.h"
#include "grpcpp/channel.h"
#include "nlohmann/json.hpp"
#include "tests/server/process_fixture.h"

namespace zeus::bso::testing {
namespace {

class Log : public ProcessFixture {
 public:
  // The lines that a server with these flags writes over a whole life with one good and one bad call.
  std::vector<std::string> LinesOfALife(std::vector<std::string> flags) {
    const auto server = Start(flags);
    {
      RpcClient client(server->address());
      REQUIRE(client.channel()->WaitForConnected(std::chrono::system_clock::now() + std::chrono::seconds(60)));
      Register(server->address());
      v1::StartTrialRequest request;
      request.set_job_id("nobody's");
      CHECK(client.Call(RpcClient::Optimizer::StartTrial, request).code() == grpc::NOT_FOUND);
    }
    Stop(*server);
    return Lines(*server);
  }

  static std::vector<std::string> Lines(const ServerProcess& server) {
    return absl::StrSplit(server.output(), '\n', absl::SkipEmpty());
  }
};

// Checks that a line is one JSON object of the three strings, and answers it.
nlohmann::json CheckJson(const std::string& line) {
  CAPTURE(line);
  const nlohmann::json object = nlohmann::json::parse(line, nullptr, false);
  REQUIRE(object.is_object());
  CHECK(object.size() == 3);
  CHECK_THAT(object.at("time").get<std::string>(),
             Catch::Matchers::Matches(R"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z)"));
  CHECK_THAT(object.at("level").get<std::string>(), Catch::Matchers::Matches("debug|info|warning|error|critical"));
  CHECK_FALSE(object.at("message").get<std::string>().empty());
  return object;
}

bool AnyContains(const std::vector<std::string>& lines, const std::string& part) {
  return std::any_of(lines.begin(), lines.end(),
                     [&](const std::string& line) { return line.find(part) != std::string::npos; });
}

TEST_CASE_METHOD(Log, "In JSON each line is an object with time, level and message") {
  const std::vector<std::string> lines = LinesOfALife({"--log_format=json", "--log_level=debug"});
  std::vector<std::string> messages;
  for (const std::string& line : lines) messages.push_back(CheckJson(line).at("message"));
  CHECK(AnyContains(messages, "listening on unix:"));
  CHECK(AnyContains(messages, "RegisterJobRequest: OK"));
  CHECK(AnyContains(messages, "StartTrialRequest: JOB_NOT_FOUND"));
}

TEST_CASE_METHOD(Log, "In JSON each line is an object also when the server cannot start") {
  const auto owner = Serve({"--listen=127.0.0.1:0"});
  const std::string address = std::string(
      absl::StripAsciiWhitespace(std::vector<std::string>(absl::StrSplit(owner->output(), "listening on ")).back()));
  const TempDir other_directory;
  ServerProcess server({"--log_format=json", "--listen=" + address, "--storage=rocksdb:" + other_directory.path()});
  CHECK(server.Wait() == 1);
  const std::vector<std::string> lines = Lines(server);
  REQUIRE_FALSE(lines.empty());
  for (const std::string& line : lines) CheckJson(line);
  CHECK(CheckJson(lines.back()).at("level") == "critical");
}

TEST_CASE_METHOD(Log, "In text each line has time, level and message") {
  const std::vector<std::string> lines = LinesOfALife({"--log_level=debug"});
  for (const std::string& line : lines) {
    CHECK_THAT(line,
               Catch::Matchers::Matches(
                   R"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}[+-]\d\d:\d\d (debug|info|warning|error|critical) .+)"));
  }
  CHECK(AnyContains(lines, " info listening on unix:"));
  CHECK(AnyContains(lines, " debug RegisterJobRequest: OK"));
}

TEST_CASE_METHOD(Log, "Events below the level are left out") {
  const std::vector<std::string> info = LinesOfALife({});
  CHECK(AnyContains(info, "listening on"));
  CHECK_FALSE(AnyContains(info, " debug "));
  CHECK(LinesOfALife({"--log_level=error"}).empty());
  CHECK(LinesOfALife({"--log_level=off"}).empty());
}

// Protobuf wrote a line of its own for each of them.
TEST_CASE_METHOD(Log, "A request with a text that is no UTF-8 leaves nothing in the log but at debug") {
  const auto server = Serve({});
  RpcClient client(server->address());
  v1::StartTrialRequest request;
  request.set_job_id("\xff");
  CHECK_FALSE(client.Call(RpcClient::Optimizer::StartTrial, request).ok());
  Stop(*server);
  CHECK_FALSE(AnyContains(Lines(*server), "UTF-8"));
}

TEST_CASE_METHOD(Log, "What clients send is not repeated for their errors") {
  CHECK_FALSE(AnyContains(LinesOfALife({"--log_level=debug"}), "nobody's"));
}

}  // namespace
}  // namespace zeus::bso::testing

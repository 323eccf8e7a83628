// Plays the requests that Zeus' server was sent, and compares the answers. In the recording (zeus_http.jsonl, one
// exchange a line) "*" matches any text.
#include <cmath>
#include <fstream>
#include <map>
#include <string>

#include "catch2/catch.hpp"
#include "tests/server/http/zeus_fixture.h"

namespace zeus::bso::http {
namespace {

bool AreEqual(const Json& expected, const Json& actual);

bool AreEqualNumbers(const Json& expected, const Json& actual) {
  if (!expected.is_number_float()) return expected == actual && !actual.is_number_float();
  constexpr double kTolerance = 1e-12;  // Relative.
  const double a = expected.get<double>();
  return actual.is_number_float() && std::abs(a - actual.get<double>()) <= kTolerance * std::abs(a);
}

bool AreEqual(const Json& expected, const Json& actual) {
  if (expected == "*") return actual.is_string() || actual.is_object();
  if (expected.is_number()) return actual.is_number() && AreEqualNumbers(expected, actual);
  if (expected.type() != actual.type() || expected.size() != actual.size()) return false;
  if (expected.is_object()) {
    for (const auto& [name, value] : expected.items()) {
      if (!actual.contains(name) || !AreEqual(value, actual[name])) return false;
    }
    return true;
  }
  if (expected.is_array()) {
    for (size_t i = 0; i < expected.size(); ++i) {
      if (!AreEqual(expected[i], actual[i])) return false;
    }
    return true;
  }
  return expected == actual;
}

// Our answers to the lines that we answer otherwise on purpose.
const std::map<int, std::string>& Differences() {
  static const auto& differences = *new std::map<int, std::string>{
      // We always refuse a negative time. The reference ignores it once the trial has ended.
      {127, "body.time value_error.number.not_ge"},
  };
  return differences;
}

// The names of an object, in their order.
std::string NamesOf(const std::string& json) {
  std::string names;
  const auto ordered = nlohmann::ordered_json::parse(json, nullptr, false);
  if (!ordered.is_object()) return names;
  for (const auto& [name, value] : ordered.items()) names += name + " ";
  return names;
}

TEST_CASE_METHOD(ZeusFixture, "The answers are those that Zeus' server was recorded to give") {
  std::ifstream recording(ZEUS_BSO_TEST_DATA_DIR "/server/http/zeus_http.jsonl");
  std::string line;
  int number = 0;
  while (std::getline(recording, line)) {
    ++number;
    const auto ordered = nlohmann::ordered_json::parse(line);
    const Json exchange = Json::parse(line);
    Fields fields;
    for (const auto& [name, value] : exchange["headers"].items()) fields.Add(name, value.get<std::string>());
    const std::string body = exchange["body"].is_null() ? "" : exchange["body"].get<std::string>();
    ZeusAnswer answer = Send(exchange["method"], exchange["path"].get<std::string>(), body, fields);
    INFO("line " << number << ": " << line << "\nanswer: " << answer.status << " " << answer.text);
    CHECK(answer.Field("Cache-Control") == "no-store");
    if (const auto difference = Differences().find(number); difference != Differences().end()) {
      CHECK(Problems(answer) == difference->second);
      continue;
    }
    CHECK(answer.status == exchange["status"]);
    const Json& type = exchange["answer_type"];
    CHECK(answer.Field("Content-Type") == (type.is_null() ? "" : type.get<std::string>()));
    Json expected = exchange["answer"];
    if (exchange.value("note", "").find("digits of the id are random") != std::string::npos) {
      const std::string made = answer.json["job_id"];
      CHECK(made.size() == expected["job_id"].get<std::string>().size());
      expected["job_id"] = "*";
    }
    CHECK(AreEqual(expected, answer.json));
    CHECK(NamesOf(answer.text) == NamesOf(ordered["answer"].dump()));
  }
  CHECK(number == 167);
}

}  // namespace
}  // namespace zeus::bso::http

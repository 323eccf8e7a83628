// Leniency of Zeus' protocol that the recording does not show.
#include <string>

#include "catch2/catch.hpp"
#include "tests/server/http/zeus_fixture.h"

namespace zeus::bso::http {
namespace {

// The specification, with a field set to a JSON text that only Python may accept.
std::string WithField(const std::string& field, const std::string& value, Json spec = SpecJson()) {
  spec.erase(field);
  const std::string rest = spec.dump();
  return "{\"" + field + "\":" + value + "," + rest.substr(1);
}

class LeniencyFixture : public ZeusFixture {
 public:
  // Registers a job with this field, deletes it, and returns the field as answered, or the problems.
  std::string Posted(const std::string& field, const std::string& value) {
    const ZeusAnswer answer = Send("POST", "/jobs", WithField(field, value));
    if (answer.status == 422) return Problems(answer);
    if (answer.status != 201) return "status " + std::to_string(answer.status) + " " + answer.text;
    CHECK(Send("DELETE", "/jobs?job_id=" + answer.json["job_id"].get<std::string>()).status == 200);
    return answer.json[field].dump();
  }
};

TEST_CASE_METHOD(LeniencyFixture, "An integer may be a string, a float or a boolean") {
  CHECK(Posted("max_epochs", "\"7\"") == "7");
  CHECK(Posted("max_epochs", "\" 7 \"") == "7");
  CHECK(Posted("max_epochs", "\"+1_0\"") == "10");
  CHECK(Posted("max_epochs", "7.9") == "7");
  CHECK(Posted("max_epochs", "true") == "1");
  CHECK(Posted("window_size", "-0.9") == "0");
  CHECK(Posted("window_size", "false") == "0");
  CHECK(Posted("max_epochs", "\"7.9\"") == "body.max_epochs type_error.integer");
  CHECK(Posted("max_epochs", "\"\"") == "body.max_epochs type_error.integer");
  CHECK(Posted("max_epochs", "NaN") == "body.max_epochs type_error.integer");
  CHECK(Posted("max_epochs", "Infinity") == "body.max_epochs type_error.integer");
  CHECK(Posted("max_epochs", "[]") == "body.max_epochs type_error.integer");
  CHECK(Posted("max_epochs", "{}") == "body.max_epochs type_error.integer");
  CHECK(Posted("max_epochs", "null") == "body.max_epochs type_error.none.not_allowed");
}

TEST_CASE_METHOD(LeniencyFixture, "A float may be a string, an integer or a boolean") {
  CHECK(Posted("max_power", "\"2e2\"") == "200.0");
  CHECK(Posted("max_power", "\" 1_000.5 \"") == "1000.5");
  CHECK(Posted("max_power", "true") == "1.0");
  CHECK(Posted("max_power", "1e16") == "1e+16");
  CHECK(Posted("max_power", "10000000000000000000000") == "1e+22");
  CHECK(Posted("max_power", "\"0x10\"") == "body.max_power type_error.float");
  CHECK(Posted("max_power", "[1]") == "body.max_power type_error.float");
  CHECK(Posted("max_power", "NaN") == "body.max_power value_error.number.not_gt");
  CHECK(Posted("max_power", "1" + std::string(400, '0')) == "body.max_power type_error.float");
}

TEST_CASE_METHOD(LeniencyFixture, "A boolean may be a word or a number") {
  for (const char* const yes : {"true", "1", "1.0", "\"1\"", "\"ON\"", "\"t\"", "\"True\"", "\"y\"", "\"yes\""}) {
    INFO(yes);
    CHECK(Posted("higher_is_better_metric", yes) == "true");
  }
  for (const char* const no : {"false", "0", "-0.0", "\"0\"", "\"off\"", "\"F\"", "\"false\"", "\"n\"", "\"No\""}) {
    INFO(no);
    CHECK(Posted("higher_is_better_metric", no) == "false");
  }
  for (const char* const other : {"2", "\" true\"", "\"\"", "[]", "{}", "NaN", "10000000000000000000000"}) {
    INFO(other);
    CHECK(Posted("higher_is_better_metric", other) == "body.higher_is_better_metric type_error.bool");
  }
}

TEST_CASE_METHOD(LeniencyFixture, "A string may be a number or a boolean, printed as Python prints it") {
  CHECK(Posted("gpu_model", "100") == "\"100\"");
  CHECK(Posted("gpu_model", "100.0") == "\"100.0\"");
  CHECK(Posted("gpu_model", "1e22") == "\"1e+22\"");
  CHECK(Posted("gpu_model", "NaN") == "\"nan\"");
  CHECK(Posted("gpu_model", "true") == "\"True\"");
  CHECK(Posted("gpu_model", "123456789012345678901234567890") == "\"123456789012345678901234567890\"");
  CHECK(Posted("gpu_model", "[]") == "body.gpu_model type_error.str");
  CHECK(Posted("gpu_model", "null") == "body.gpu_model type_error.none.not_allowed");
}

TEST_CASE_METHOD(LeniencyFixture, "A list is an array, and each wrong element of it is named") {
  CHECK(Posted("batch_sizes", "[\"32\", 64.5, true]") == "[1,32,64]");
  CHECK(Posted("batch_sizes", "{}") == "body.batch_sizes type_error.list");
  CHECK(Posted("batch_sizes", "null") == "body.batch_sizes type_error.none.not_allowed");
  CHECK(Posted("batch_sizes", "[32, null, [], \"x\"]") ==
        "body.batch_sizes.1 type_error.none.not_allowed; body.batch_sizes.2 type_error.integer; "
        "body.batch_sizes.3 type_error.integer");
  std::string wrong = "[null";
  for (int i = 0; i < 10'000; ++i) wrong += ",null";
  CHECK(Send("POST", "/jobs", WithField("batch_sizes", wrong + "]")).json["detail"].size() == 100);
}

TEST_CASE_METHOD(LeniencyFixture, "Null is allowed for fields that may be absent") {
  CHECK(Posted("beta_knob", "null") == "null");
  CHECK(Posted("mab_seed", "null") == "null");
  CHECK(Posted("job_id", "null").substr(0, 3) == "\"j-");
}

TEST_CASE_METHOD(LeniencyFixture, "Of fields with the same name the last counts, and unknown ones are ignored") {
  CHECK(Posted("max_epochs", "null,\"max_epochs\":9,\"x\":[{}]") == "9");
  CHECK(Posted("max_epochs", "9,\"max_epochs\":null") == "body.max_epochs type_error.none.not_allowed");
}

TEST_CASE_METHOD(LeniencyFixture, "An array of pairs is an object, as for Python's dict") {
  std::string pairs = "[\"xy\"";
  const Json spec = SpecJson();
  for (const auto& [name, value] : spec.items()) pairs += "," + Json::array({name, value}).dump();
  CHECK(Send("POST", "/jobs", pairs + "]").status == 201);
  CHECK(Problems(Send("PATCH", "/trials", "[[\"job_id\", \"job\"]]")) ==
        "body.batch_size value_error.missing; body.trial_number value_error.missing");
  CHECK(Problems(Send("PATCH", "/trials", "[[1, 2]]")) == "body type_error");
  CHECK(Problems(Send("PATCH", "/trials", "[[[], 2]]")) == "body type_error.dict");
  CHECK(Problems(Send("PATCH", "/trials", "[[\"job_id\"]]")) == "body type_error.dict");
  CHECK(Problems(Send("PATCH", "/trials", "[1]")) == "body type_error.dict");
  CHECK(Problems(Send("PATCH", "/trials", "17")) == "body type_error.dict");
  // An empty string is an empty sequence of pairs.
  CHECK(Problems(Send("PATCH", "/trials", "\"\"")).substr(0, 32) == "body.job_id value_error.missing;");
}

TEST_CASE_METHOD(ZeusFixture, "A body is JSON if its type says so, or if it has none") {
  const auto status_with = [this](const std::string& type) {
    Fields fields;
    fields.Add("Content-Type", type);
    return Problems(Send("PATCH", "/trials", "{}", fields)).substr(0, 11);
  };
  for (const char* const type : {"", "application/json", "Application/JSON ; charset=x", "application/problem+json"}) {
    INFO(type);
    CHECK(status_with(type) == "body.job_id");
  }
  for (const char* const type : {"text/plain", "text/json", "application/x-www-form-urlencoded", "application/jsonx",
                                 "application", "application/a/b+json"}) {
    INFO(type);
    CHECK(status_with(type) == "body type_e");
  }
}

TEST_CASE_METHOD(ZeusFixture, "The position of an error in JSON is in its location") {
  const ZeusAnswer answer = Send("POST", "/report", "{\n \"job_id\": \"j\",}");
  CHECK(Problems(answer) == "body.17 value_error.jsondecode");
  CHECK(answer.json["detail"][0]["ctx"]["pos"] == 17);
  CHECK(answer.json["detail"][0]["ctx"]["lineno"] == 2);
  CHECK(answer.json["detail"][0]["ctx"]["colno"] == 16);
}

TEST_CASE_METHOD(ZeusFixture, "A body that Python fails to read is answered with status 400") {
  for (const std::string& body : {std::string(100 << 10, '['), std::string("\"\xff\""), std::string(100'000, '9')}) {
    const ZeusAnswer answer = Send("POST", "/jobs", body);
    CHECK(answer.status == 400);
    CHECK(answer.json["detail"].is_string());
  }
}

}  // namespace
}  // namespace zeus::bso::http

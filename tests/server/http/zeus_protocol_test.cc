#include "server/http/zeus/zeus_protocol.h"

#include <string>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "catch2/catch.hpp"
#include "tests/server/http/zeus_fixture.h"
#include "tests/support/tokens.h"

namespace zeus::bso::http {
namespace {

// Calls a method of the API as a client of it does.
template <typename Message, typename Answer>
Answer CallApi(BackendFixture& backend, const Message& message,
               absl::Status (*method)(const api::Call&, const Message&, Answer&)) {
  Answer answer;
  CHECK_THAT(backend.Call(method, message, answer), testing::IsOk());
  return answer;
}

v1::Job StoredJob(BackendFixture& backend, const std::string& job_id = "job") {
  v1::GetJobRequest request;
  request.set_job_id(job_id);
  return CallApi<v1::GetJobRequest, v1::GetJobResponse>(backend, request, api::zeus_service::GetJob).job();
}

Json ManySizes(int count) {
  Json spec = SpecJson();
  spec["batch_sizes"] = Json::array();
  for (int size = 1; size <= count; ++size) spec["batch_sizes"].push_back(size);
  return spec;
}

TEST_CASE("New jobs have the policy that the protocol was made with, unless they have too many sizes for it") {
  {
    ZeusFixture zeus(PolicyKind::kZeus);
    CHECK(zeus.Register(SpecJson()).status == 201);
    CHECK(StoredJob(zeus).spec().policy() == v1::POLICY_ZEUS);
  }
  ZeusFixture curves(PolicyKind::kCurves);
  CHECK(curves.Register(SpecJson()).status == 201);
  CHECK(StoredJob(curves).spec().policy() == v1::POLICY_CURVES);
  Json many = ManySizes(257);
  many["job_id"] = "j-many";
  CHECK(curves.Register(many).status == 201);
  CHECK(StoredJob(curves, "j-many").spec().policy() == v1::POLICY_ZEUS);
}

TEST_CASE("A job of POLICY_ZEUS is offered a size however often it has failed, as Zeus does") {
  ZeusFixture zeus(PolicyKind::kZeus);
  CHECK(zeus.Register(SpecJson()).status == 201);
  CHECK(StoredJob(zeus).spec().max_failures_per_batch_size() == 0);
  for (int i = 0; i < 5; ++i) {
    const ZeusAnswer trial = zeus.Predict("job");
    CHECK(trial.json["batch_size"] == 32);
    CHECK(zeus.EndTrial(trial.json).status == 200);
  }
  // Once more, and without a job_id.
  CHECK(zeus.Register(SpecJson()).status == 200);
  Json unnamed = SpecJson();
  unnamed["job_id"] = nullptr;
  const ZeusAnswer made = zeus.Register(unnamed);
  CHECK(StoredJob(zeus, made.json["job_id"]).spec().max_failures_per_batch_size() == 0);

  ZeusFixture curves(PolicyKind::kCurves);
  CHECK(curves.Register(SpecJson()).status == 201);
  CHECK(StoredJob(curves).spec().max_failures_per_batch_size() == 3);
}

TEST_CASE("A job of POLICY_CURVES trains to its end") {
  ZeusFixture zeus(PolicyKind::kCurves);
  REQUIRE(zeus.Register(SpecJson()).status == 201);
  for (int trial_number = 1; trial_number <= 10; ++trial_number) {
    const ZeusAnswer trial = zeus.Predict("job");
    REQUIRE(trial.status == 200);
    CHECK(trial.json["trial_number"] == trial_number);
    Json result = ResultJson(trial.json);
    result["metric"] = 0.9;
    CHECK(zeus.Report(result).json["converged"] == true);
    CHECK(zeus.EndTrial(trial.json).text == "null");
  }
}

TEST_CASE_METHOD(ZeusFixture, "An existing job keeps its policy, and fields that Zeus cannot name are no conflict") {
  v1::RegisterJobRequest request;
  v1::JobSpec& spec = *request.mutable_spec();
  spec.set_job_id("job");
  spec.set_job_id_prefix("j");
  for (const int size : {16, 32, 64}) spec.add_batch_sizes(size);
  spec.set_default_batch_size(32);
  spec.set_mab_seed(5);
  spec.set_max_power(300);
  spec.set_number_of_gpus(1);
  spec.set_gpu_model("V100");
  spec.mutable_trial_timeout()->set_seconds(60);
  spec.set_max_failures_per_batch_size(7);
  spec.set_policy(v1::POLICY_CURVES);
  CallApi<v1::RegisterJobRequest, v1::RegisterJobResponse>(*this, request, api::batch_size_optimizer::RegisterJob);
  CHECK(Register(SpecJson()).status == 200);
  CHECK(StoredJob(*this).spec().trial_timeout().seconds() == 60);
  CHECK(StoredJob(*this).spec().policy() == v1::POLICY_CURVES);
  Json other = SpecJson();
  other["gpu_model"] = "A100";
  CHECK(Register(other).status == 409);
}

TEST_CASE_METHOD(ZeusFixture, "Every rank of a distributed training may register and report") {
  CHECK(Register(SpecJson()).status == 201);
  CHECK(Register(SpecJson()).status == 200);
  const Json trial = Predict("job").json;
  Json result = ResultJson(trial);
  for (const double time : {10.0, 8.0, 12.0, 0.0}) {
    result["time"] = time;
    result["current_epoch"] = 3 - static_cast<int>(time) / 4;
    const ZeusAnswer answer = Report(result);
    CHECK(answer.status == 200);
    CHECK(answer.json["stop_train"] == false);
  }
}

TEST_CASE_METHOD(ZeusFixture, "A metric may be any number, and an epoch any integer") {
  CHECK(Register(SpecJson()).status == 201);
  const auto report = [this](const std::string& metric, const std::string& epoch) {
    const Json trial = Predict("job").json;
    const std::string named = trial.dump();
    const ZeusAnswer answer = Send("POST", "/report",
                                   named.substr(0, named.size() - 1) + ",\"time\":1,\"energy\":1,\"metric\":" + metric +
                                       ",\"current_epoch\":" + epoch + "}");
    EndTrial(trial);
    return answer.status == 200 ? answer.json["stop_train"].dump() + answer.json["converged"].dump() : answer.text;
  };
  CHECK(report("Infinity", "1") == "truetrue");
  CHECK(report("NaN", "-1") == "falsefalse");
  CHECK(report("-Infinity", "1") == "falsefalse");
  CHECK(report("0.1", "-1" + std::string(30, '0')) == "falsefalse");
  CHECK(report("-1e400", "1" + std::string(30, '0')) == "truefalse");
}

TEST_CASE_METHOD(ZeusFixture, "Negative and infinite time and energy are refused") {
  CHECK(Register(SpecJson()).status == 201);
  const Json trial = Predict("job").json;
  const auto report = [&](const std::string& time, const std::string& energy) {
    const std::string named = trial.dump();
    return Problems(Send("POST", "/report",
                         named.substr(0, named.size() - 1) + ",\"time\":" + time + ",\"energy\":" + energy +
                             ",\"metric\":0.1,\"current_epoch\":1}"));
  };
  CHECK(report("-1", "1") == "body.time value_error.number.not_ge");
  CHECK(report("1", "-0.5") == "body.energy value_error.number.not_ge");
  CHECK(report("NaN", "Infinity") ==
        "body.time value_error.number.not_finite_number; body.energy value_error.number.not_finite_number");
  CHECK(report("1e400", "1") == "body.time value_error.number.not_finite_number");
  CHECK(report("1e60", "1") == "body.time value_error");
  CHECK(report("-0.0", "0") == "status 200");
}

TEST_CASE_METHOD(ZeusFixture, "A specification that breaks our own rules is refused in the format of the reference") {
  const auto post = [this](const char* field, const Json& value) {
    Json spec = SpecJson();
    spec[field] = value;
    return Problems(Register(spec));
  };
  CHECK(post("batch_sizes", {32, 32}) == "body.batch_sizes value_error");
  CHECK(post("batch_sizes", {32, -1}) == "body.batch_sizes.1 value_error");
  CHECK(post("batch_sizes", {32, 1e15}) == "body.batch_sizes.1 value_error");
  CHECK(post("batch_sizes", {32, 1e30}) == "body.batch_sizes value_error");
  CHECK(Problems(Register(ManySizes(1025))) == "body.batch_sizes value_error");
  CHECK(post("max_epochs", 1e30) == "body.max_epochs value_error");
  CHECK(post("max_epochs", -1e30) == "body.max_epochs value_error.number.not_gt");
  CHECK(post("num_pruning_rounds", 1025) == "body.num_pruning_rounds value_error");
  CHECK(post("mab_prior_precision", -1) == "body.mab_prior_precision value_error");
  CHECK(post("target_metric", "inf") == "body.target_metric value_error");
  CHECK(post("beta_knob", "inf") == "body.beta_knob value_error");
  CHECK(post("eta_knob", "nan") == "body.eta_knob value_error");
  CHECK(post("gpu_model", std::string(257, 'x')) == "body.gpu_model value_error");
  CHECK(post("job_id", "j" + std::string(256, 'x')) == "body.job_id value_error");
  CHECK(post("job_id", std::string("j\0", 2)) == "body.job_id value_error");
  CHECK(post("job_id", "j\u202e") == "body.job_id value_error");
  CHECK(post("job_id", "x") == "body.__root__ value_error");
  Json unnamed = SpecJson();
  unnamed.update({{"job_id", ""}, {"job_id_prefix", ""}});
  CHECK(Problems(Register(unnamed)) == "body.job_id value_error");
  unnamed["job_id"] = nullptr;
  CHECK(Problems(Register(unnamed)) == "body.job_id_prefix value_error");
  // Our own rules are not mentioned beside those of the reference.
  Json both = SpecJson();
  both.update({{"max_epochs", 1e30}, {"max_power", 0}});
  CHECK(Problems(Register(both)) == "body.max_power value_error.number.not_gt");
  const std::string surrogate = R"("\ud800)";
  std::string text = SpecJson("j").dump();
  text.replace(text.find("\"V100"), 1, surrogate);
  CHECK(Problems(Send("POST", "/jobs", text)) == "body.gpu_model value_error");
}

TEST_CASE_METHOD(ZeusFixture, "A seed that NumPy refuses answers 500, as in the reference") {
  for (const char* const seed : {"-1", "18446744073709551616"}) {
    std::string text = SpecJson().dump();
    text.replace(text.find("\"mab_seed\":5"), 12, std::string("\"mab_seed\":") + seed);
    const ZeusAnswer answer = Send("POST", "/jobs", text);
    CHECK(answer.status == 500);
    CHECK(answer.json["message"].is_string());
  }
}

TEST_CASE_METHOD(ZeusFixture, "A negative window means all results, and is answered as posted") {
  Json spec = SpecJson();
  spec["window_size"] = -3;
  CHECK(Register(spec).json["window_size"] == -3);
  CHECK(Register(spec).json["window_size"] == -3);
  CHECK(Register(spec).status == 200);
  CHECK(StoredJob(*this).spec().window_size() == 0);
}

TEST_CASE_METHOD(ZeusFixture, "Unknown trials are unknown, and those with numbers that are not positive answer 500") {
  CHECK(Register(SpecJson()).status == 201);
  REQUIRE(Predict("job").status == 200);
  const auto send = [this](const std::string& job_id, const Json& batch_size, const Json& trial_number) {
    const Json trial = {{"job_id", job_id}, {"batch_size", batch_size}, {"trial_number", trial_number}};
    return std::to_string(EndTrial(trial).status) + " " + std::to_string(Report(ResultJson(trial)).status);
  };
  CHECK(send("job", 0, 1) == "500 500");
  CHECK(send("job", 32, -1) == "500 500");
  CHECK(send("none", 32, 0) == "500 400");
  CHECK(send("none", 32, 1) == "404 400");
  CHECK(send("job", 32, 2) == "404 400");
  CHECK(send("job", 1e15, 1) == "404 400");
  CHECK(send("job", 1e30, 1e30) == "404 400");
  CHECK(send("", 32, 1) == "404 400");
  CHECK(send(std::string(300, 'j'), 32, 1) == "404 400");
  CHECK(send(std::string("j\0b", 3), 32, 1) == "404 400");
  CHECK(Send("PATCH", "/trials", R"({"job_id": "\ud800", "batch_size": 32, "trial_number": 1})").status == 404);
  for (const char* const job_id : {"", "%00", "%ff", "none", "%ED%A0%80"}) {
    INFO(job_id);
    CHECK(Predict(job_id).status == 400);
    CHECK(Send("DELETE", std::string("/jobs?job_id=") + job_id).status == 404);
  }
}

TEST_CASE_METHOD(ZeusFixture, "A trial that has failed takes no report") {
  CHECK(Register(SpecJson()).status == 201);
  const Json trial = Predict("job").json;
  CHECK(EndTrial(trial).status == 200);
  CHECK(Report(ResultJson(trial)).status == 400);
  CHECK(EndTrial(trial).status == 200);
}

TEST_CASE("Callers need a role before they learn what is wrong with their requests") {
  ZeusFixture zeus(PolicyKind::kZeus,
                   absl::StrCat(testing::TokenGrant("trainer", "trainer"), testing::TokenGrant("admin", "admin"),
                                "reader jobs=other token ", testing::Sha256Of("reader"), "\n"));
  const auto send = [&](const std::string& authorization, const std::string& method, const std::string& target,
                        const std::string& body = "") {
    Fields fields;
    if (!authorization.empty()) fields.Add("authorization", authorization);
    return zeus.Send(method, target, body, fields);
  };
  const std::string spec = SpecJson().dump();

  ZeusAnswer answer = send("", "POST", "/jobs", spec);
  CHECK(answer.status == 401);
  CHECK(answer.json["message"].is_string());
  CHECK(answer.Field("WWW-Authenticate") == "Bearer");
  CHECK(send("Bearer unknown", "POST", "/jobs", spec).status == 401);
  CHECK(send("", "POST", "/jobs", "{").status == 401);
  CHECK(send("", "GET", "/jobs/batch_size").status == 401);
  CHECK(send("Bearer reader", "POST", "/jobs", spec).status == 403);
  CHECK(send("Bearer reader", "POST", "/report", "{}").status == 403);

  CHECK(send("Bearer trainer", "POST", "/jobs", "{").status == 422);
  CHECK(send("Bearer trainer", "POST", "/jobs", spec).status == 201);
  CHECK(send("Basic " + absl::Base64Escape("any:trainer"), "POST", "/jobs", spec).status == 200);
  CHECK(send("Bearer trainer", "GET", "/jobs/batch_size?job_id=job").status == 200);
  CHECK(send("Bearer trainer", "DELETE", "/jobs?job_id=job").status == 403);
  CHECK(send("Bearer admin", "DELETE", "/jobs?job_id=job").status == 200);
}

TEST_CASE_METHOD(ZeusFixture, "A server that drains answers with status 503") {
  WaitForCalls();
  const ZeusAnswer answer = Predict("job");
  CHECK(answer.status == 503);
  CHECK(answer.json["message"].is_string());
  CHECK(answer.Field("Cache-Control") == "no-store");
}

TEST_CASE_METHOD(ZeusFixture, "An answer is printed as the reference prints it") {
  CHECK(Register(SpecJson()).text ==
        R"({"max_power":300.0,"number_of_gpus":1,"gpu_model":"V100","job_id":"job","job_id_prefix":"j",)"
        R"("batch_sizes":[16,32,64],"default_batch_size":32,"eta_knob":0.5,"beta_knob":2.0,"target_metric":0.5,)"
        R"("higher_is_better_metric":true,"max_epochs":100,"num_pruning_rounds":2,"window_size":0,)"
        R"("mab_prior_mean":0.0,"mab_prior_precision":0.0,"mab_num_explorations":2,"mab_seed":5})");
  CHECK(Predict("job").text == R"({"job_id":"job","batch_size":32,"trial_number":1})");
  Json quoted = SpecJson("j\"\\");
  quoted["gpu_model"] = "\x01\n\u00fc";
  const ZeusAnswer answer = Register(quoted);
  CHECK(answer.text.find(R"("gpu_model":"\u0001\n)"
                         "\u00fc"
                         R"(","job_id":"j\"\\")") != std::string::npos);
}

}  // namespace
}  // namespace zeus::bso::http

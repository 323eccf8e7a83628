#include "server/http/connect/connect_unary.h"

#include <memory>
#include <string>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/notification.h"
#include "catch2/catch.hpp"
#include "google/rpc/error_details.pb.h"
#include "nlohmann/json.hpp"
#include "server/http/connect/codec.h"
#include "server/http/connect/connect_streams.h"
#include "server/http/connect/unary_methods.h"
#include "server/http/exchange/url.h"
#include "tests/server/http/backend_fixture.h"
#include "tests/support/spec_messages.h"
#include "tests/support/tokens.h"

namespace zeus::bso::http {
namespace {

using Json = nlohmann::json;

constexpr char kOptimizerPath[] = "/zeus.bso.v1.BatchSizeOptimizer/";
constexpr char kServicePath[] = "/zeus.bso.v1.ZeusService/";

struct UnaryAnswer {
  int status = 0;
  std::string type;
  std::string allow;
  std::string body;

  Json json() const { return Json::parse(body); }
  std::string code() const { return json()["code"]; }
};

class UnaryFixture : public BackendFixture {
 public:
  explicit UnaryFixture(const std::string& roles = "") : BackendFixture(roles) {}
  ~UnaryFixture() { WaitForCalls(); }

  UnaryAnswer Send(const Request& request) {
    UnaryAnswer answer;
    absl::Notification answered;
    unary_.Handle(request, [&](Response response) {
      answer.status = response.status;
      answer.type = std::string(response.fields.Find("content-type").value_or(""));
      answer.allow = std::string(response.fields.Find("allow").value_or(""));
      answer.body = std::move(response.body);
      answered.Notify();
    });
    answered.WaitForNotification();
    return answer;
  }

  UnaryAnswer Post(const std::string& path, const std::string& body, const std::string& type = "application/json",
                   Fields fields = {}) {
    fields.Add("Content-Type", type);
    return Send({.method = "POST", .path = path, .fields = std::move(fields), .body = body});
  }
  UnaryAnswer Get(const std::string& path, const std::string& query) {
    return Send({.method = "GET", .path = path, .query = query});
  }

  void RegisterOne() {
    v1::RegisterJobRequest request;
    *request.mutable_spec() = testing::MakeSpecMessage("job");
    REQUIRE(
        Post(absl::StrCat(kOptimizerPath, "RegisterJob"), request.SerializeAsString(), "application/proto").status ==
        200);
  }

 private:
  Workers workers_{2};
  ConnectUnary unary_{backend(), workers_};
};

TEST_CASE(
    "Every method of both services is served over HTTP, and GET serves those that the protos say change nothing") {
  for (const google::protobuf::FileDescriptor* const file :
       {v1::RegisterJobRequest::descriptor()->file(), v1::GetJobRequest::descriptor()->file()}) {
    const google::protobuf::ServiceDescriptor& service = *file->service(0);
    for (int i = 0; i < service.method_count(); ++i) {
      const google::protobuf::MethodDescriptor& method = *service.method(i);
      const std::string path = absl::StrCat("/", service.full_name(), "/", method.name());
      CAPTURE(path);
      const bool is_stream = method.client_streaming() || method.server_streaming();
      CHECK(ConnectUnary::Serves(path) == !is_stream);
      CHECK(ConnectStreams::Serves(path) == is_stream);
      if (is_stream) continue;
      CHECK(FindUnaryMethod(path)->descriptor == &method);
      CHECK(FindUnaryMethod(path)->new_request()->GetDescriptor() == method.input_type());
      CHECK(FindUnaryMethod(path)->new_response()->GetDescriptor() == method.output_type());
    }
  }
  CHECK_FALSE(ConnectUnary::Serves("/zeus.bso.v1.ZeusService/None"));
  CHECK_FALSE(ConnectUnary::Serves("/zeus.bso.v1.None/GetJob"));
  CHECK_FALSE(ConnectUnary::Serves("zeus.bso.v1.ZeusService/GetJob"));
}

TEST_CASE_METHOD(UnaryFixture, "A call is JSON, or protobuf's bytes, and is answered likewise") {
  RegisterOne();
  const UnaryAnswer json = Post(absl::StrCat(kServicePath, "GetJob"), R"({"jobId": "job"})");
  CHECK(json.status == 200);
  CHECK(json.type == "application/json");
  CHECK(json.json()["job"]["spec"]["batchSizes"] == Json({"16", "32", "64"}));
  // The names of the protos are taken, too, and a character set, and no content.
  CHECK(Post(absl::StrCat(kServicePath, "GetJob"), R"({"job_id": "job"})", "application/json; charset=utf-8").status ==
        200);
  v1::GetJobRequest request;
  request.set_job_id("job");
  const UnaryAnswer bytes =
      Post(absl::StrCat(kServicePath, "GetJob"), request.SerializeAsString(), "application/proto");
  CHECK(bytes.type == "application/proto");
  v1::GetJobResponse response;
  REQUIRE(response.ParseFromString(bytes.body));
  CHECK(response.job().spec().job_id() == "job");
}

TEST_CASE_METHOD(UnaryFixture, "A GET carries its message in the query") {
  RegisterOne();
  const std::string path = absl::StrCat(kServicePath, "GetJob");
  v1::GetJobRequest request;
  request.set_job_id("job");
  const std::string bytes = request.SerializeAsString();
  const std::string json = R"({"jobId":"job"})";
  for (const std::string& query : {absl::StrCat("connect=v1&encoding=json&message=", PercentEncode(json)),
                                   absl::StrCat("encoding=json&base64=1&message=", absl::WebSafeBase64Escape(json)),
                                   absl::StrCat("connect=v1&encoding=proto&base64=1&compression=identity&message=",
                                                absl::WebSafeBase64Escape(bytes)),
                                   absl::StrCat("connect=v1&encoding=proto&message=", PercentEncode(bytes))}) {
    CAPTURE(query);
    CHECK(Get(path, query).status == 200);
  }
  for (const auto& [query, code] :
       std::map<std::string, std::string>{{"", "invalid_argument"},
                                          {"encoding=json", "invalid_argument"},
                                          {"message={}", "invalid_argument"},
                                          {"encoding=xml&message={}", "invalid_argument"},
                                          {"connect=v2&encoding=json&message={}", "invalid_argument"},
                                          {"base64=1&encoding=json&message=!", "invalid_argument"},
                                          {"compression=gzip&encoding=json&message={}", "unimplemented"}}) {
    CAPTURE(query);
    CHECK(Get(path, query).code() == code);
  }
  const UnaryAnswer refused = Get(absl::StrCat(kOptimizerPath, "StartTrial"), "encoding=json&message={}");
  CHECK(refused.status == 405);
  CHECK(refused.allow == "POST");
  CHECK(Send({.method = "PUT", .path = path}).allow == "GET, POST");
}

TEST_CASE_METHOD(UnaryFixture, "An error has the code, message and details that it has over gRPC") {
  const UnaryAnswer answer = Post(absl::StrCat(kOptimizerPath, "StartTrial"), R"({"jobId": "none", "clientId": "a"})");
  CHECK(answer.status == 404);
  CHECK(answer.type == "application/json");
  CHECK(answer.code() == "not_found");
  const Json detail = answer.json()["details"][0];
  CHECK(detail["type"] == "google.rpc.ErrorInfo");
  std::string bytes;
  REQUIRE(absl::Base64Unescape(detail["value"].get<std::string>(), &bytes));
  google::rpc::ErrorInfo info;
  REQUIRE(info.ParseFromString(bytes));
  CHECK(info.reason() == "JOB_NOT_FOUND");
  CHECK(info.domain() == "zeus.bso");
}

TEST_CASE_METHOD(UnaryFixture, "What is no such message is refused, and an unknown field by its name") {
  const std::string path = absl::StrCat(kServicePath, "GetJob");
  for (const std::string body : {"", "{", "[]", "null", "\"a\"", R"({"jobId": 1})", R"({"jobId": {}})",
                                 "{\"jobId\": \"\xff\"}", R"({"jobId": "\ud800"})"}) {
    CAPTURE(body);
    const UnaryAnswer answer = Post(path, body);
    CHECK(answer.status == 400);
    CHECK(answer.code() == "invalid_argument");
  }
  CHECK_THAT(Post(path, R"({"jobID": "a"})").body, Catch::Matchers::Contains("jobID"));
  CHECK_THAT(Post(absl::StrCat(kOptimizerPath, "RegisterJob"), R"({"spec": {"nope": 1}})").body,
             Catch::Matchers::Contains("nope"));
  CHECK(Post(path, "\xff\xff", "application/proto").status == 400);
  CHECK(Post(path, std::string(100'000, '[')).status == 400);
  CHECK(Post(path, absl::StrCat(R"({"jobId":)", std::string(100'000, '['))).status == 400);
}

TEST_CASE("A message that JSON has no form for is an error, and no half of it") {
  v1::GetJobResponse response;
  response.mutable_job()->mutable_create_time()->set_seconds(int64_t{1} << 60);
  CHECK(PrintMessage(Codec::kJson, response).status().code() == absl::StatusCode::kInternal);
  CHECK(PrintMessage(Codec::kProto, response).ok());
}

TEST_CASE_METHOD(UnaryFixture, "Headers of the protocol are checked") {
  const std::string path = absl::StrCat(kServicePath, "GetJob");
  const auto post = [&](const std::string& name, const std::string& value) {
    Fields fields;
    fields.Add(name, value);
    return Post(path, R"({"jobId": "job"})", "application/json", fields);
  };
  CHECK(post("Connect-Protocol-Version", "1").status == 200);
  CHECK(post("Connect-Protocol-Version", "2").code() == "invalid_argument");
  CHECK(post("Connect-Timeout-Ms", "60000").status == 200);
  CHECK(post("Connect-Timeout-Ms", "a").code() == "invalid_argument");
  CHECK(post("Content-Encoding", "gzip").code() == "unimplemented");
  const UnaryAnswer late = post("Connect-Timeout-Ms", "0");
  CHECK(late.status == 504);
  CHECK(late.code() == "deadline_exceeded");
  CHECK(Post(path, "{}", "text/plain").status == 415);
  CHECK(Send({.method = "POST", .path = path, .body = "{}"}).status == 415);
}

TEST_CASE("A token may come as Bearer or as the password of Basic") {
  UnaryFixture fixture(testing::TokenGrant("reader", "secret"));
  const auto post = [&](const std::string& method, const std::string& authorization) {
    Fields fields;
    if (!authorization.empty()) fields.Add("Authorization", authorization);
    return fixture.Post(absl::StrCat(kOptimizerPath, method), "{}", "application/json", fields);
  };
  CHECK(post("ListJobs", "").status == 401);
  CHECK(post("ListJobs", "Bearer other").status == 401);
  CHECK(post("ListJobs", "Bearer secret").status == 200);
  CHECK(post("ListJobs", absl::StrCat("Basic ", absl::Base64Escape("user:secret"))).status == 200);
  CHECK(post("DeleteJob", "Bearer secret").status == 403);
  // Who may not call does not learn what is wrong with the request.
  CHECK(fixture.Post(absl::StrCat(kOptimizerPath, "ListJobs"), R"({"nope": 1})").status == 401);
}

}  // namespace
}  // namespace zeus::bso::http

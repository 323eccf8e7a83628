// What all streams with the Connect protocol refuse.
#include "server/http/connect/connect_streams.h"

#include <memory>
#include <string>
#include <utility>

#include "catch2/catch.hpp"
#include "tests/server/http/stream_fixture.h"
#include "tests/support/tokens.h"

namespace zeus::bso::http {
namespace {

constexpr char kOfJob[] = "{\"job_id\":\"job\"}";

// The code with which a stream of this path ends, whose request has another field.
std::string CodeWith(StreamFixture& fixture, const std::string& path, const std::string& name,
                     const std::string& value) {
  Request request = StreamRequest(path, Codec::kJson, Envelope(kOfJob));
  request.fields.Add(name, value);
  AwaitedResponse response;
  std::unique_ptr<Upload> upload;
  if (ConnectStreams::TakesUpload(request)) {
    upload = fixture.streams().BeginUpload(request, response.Responder());
  } else {
    fixture.streams().Handle(std::move(request), response.Responder());
  }
  CHECK(response.Wait().status == 200);
  return ReadStream(response.Wait()).code();
}

}  // namespace

TEST_CASE("The paths are those of the streaming methods") {
  for (const char* const path : {kWatchPath, kExportPath, kImportPath, kSessionPath}) {
    CHECK(ConnectStreams::Serves(path));
    CHECK(ConnectStreams::TakesUpload({.path = path}) == (std::string(path) == kImportPath));
  }
  for (const std::string path :
       {"", "/", "/zeus.bso.v1.BatchSizeOptimizer/", "/zeus.bso.v1.BatchSizeOptimizer/StartTrial",
        "/zeus.bso.v1.ZeusService/WatchJob", "zeus.bso.v1.BatchSizeOptimizer/WatchJob",
        "/zeus.bso.v1.BatchSizeOptimizer/WatchJob/", "/zeus.bso.v1.BatchSizeOptimizerWatchJob",
        "/zeus.bso.v1.BatchSizeOptimizer/watchjob", "/zeus.bso.v1.Other/WatchJob"}) {
    CHECK_FALSE(ConnectStreams::Serves(path));
    CHECK_FALSE(ConnectStreams::TakesUpload({.path = path}));
  }
}

TEST_CASE("A session is served over gRPC only, and the error says so") {
  StreamFixture fixture;
  Response response = fixture.Handle(kSessionPath, "{}");
  CHECK(response.status == 200);
  const StreamContents contents = ReadStream(response);
  CHECK(contents.code() == "unimplemented");
  CHECK(std::string((*contents.end)["error"]["message"]).find("gRPC") != std::string::npos);
  CHECK_FALSE((*contents.end)["error"].contains("details"));
}

TEST_CASE("Other content types and methods of HTTP have statuses of HTTP") {
  StreamFixture fixture;
  Request request = StreamRequest(kWatchPath, Codec::kJson, Envelope(kOfJob));
  request.fields = {};
  request.fields.Add("Content-Type", "application/json");
  CHECK(fixture.Handle(request).status == 415);
  request.method = "GET";
  CHECK(fixture.Handle(request).status == 405);
  CHECK(fixture.Handle(request).fields.Find("allow") == "POST");

  request = StreamRequest(kImportPath, Codec::kJson, "");
  request.fields = {};
  AwaitedResponse response;
  const auto upload = fixture.streams().BeginUpload(request, response.Responder());
  CHECK(response.Wait().status == 415);
  upload->Take("more", [] {});
  upload->Finish();
}

TEST_CASE("Headers that are wrong, or ask for what is not supported, end a stream") {
  StreamFixture fixture;
  fixture.Register();
  for (const char* const path : {kWatchPath, kExportPath, kImportPath}) {
    CHECK(CodeWith(fixture, path, "Connect-Protocol-Version", "2") == "invalid_argument");
    CHECK(CodeWith(fixture, path, "Connect-Timeout-Ms", "soon") == "invalid_argument");
    CHECK(CodeWith(fixture, path, "Connect-Timeout-Ms", "0") == "deadline_exceeded");
    CHECK(CodeWith(fixture, path, "Connect-Content-Encoding", "gzip") == "unimplemented");
    CHECK(CodeWith(fixture, path, "Content-Encoding", "gzip") == "unimplemented");
  }
}

TEST_CASE("Hostile bytes end a stream with an error") {
  StreamFixture fixture;
  for (const auto& [body, code] :
       std::vector<std::pair<std::string, std::string>>{{"", "unimplemented"},
                                                        {Envelope(kOfJob) + Envelope(kOfJob), "unimplemented"},
                                                        {kOfJob, "invalid_argument"},
                                                        {Envelope(kOfJob).substr(0, 8), "invalid_argument"},
                                                        {Envelope("{\"job_id\":\"\xff\"}"), "invalid_argument"},
                                                        {Envelope("[]"), "invalid_argument"},
                                                        {Envelope(std::string(10'000, '[')), "invalid_argument"},
                                                        {std::string("\1\0\0\0\0", 5), "invalid_argument"},
                                                        {std::string("\0\x7f\0\0\0", 5), "resource_exhausted"}}) {
    for (const char* const path : {kWatchPath, kExportPath}) {
      Response response = fixture.Handle(StreamRequest(path, Codec::kJson, body));
      CHECK(response.status == 200);
      CHECK(ReadStream(response).code() == code);
    }
  }
}

TEST_CASE("Streams need the roles that they need over gRPC") {
  StreamFixture fixture({.roles = testing::TokenGrant("reader", "r") + testing::TokenGrant("admin", "a")});
  Request admin;
  admin.fields.Add("Authorization", "Bearer a");
  fixture.Register("job", admin);
  CHECK(CodeWith(fixture, kExportPath, "X", "") == "unauthenticated");
  CHECK(CodeWith(fixture, kWatchPath, "X", "") == "unauthenticated");
  CHECK(CodeWith(fixture, kImportPath, "X", "") == "unauthenticated");
  CHECK(CodeWith(fixture, kExportPath, "Authorization", "Bearer r").empty());
  CHECK(CodeWith(fixture, kExportPath, "Authorization", "Bearer x") == "unauthenticated");
  CHECK(CodeWith(fixture, kImportPath, "Authorization", "Bearer r") == "permission_denied");
}

}  // namespace zeus::bso::http

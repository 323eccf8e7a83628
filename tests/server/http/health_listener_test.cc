#include "server/http/health/health_listener.h"

#include <sys/stat.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "catch2/catch.hpp"
#include "server/http/health/bounds.h"
#include "tests/server/http/health_fixture.h"
#include "tests/server/http/http_client.h"
#include "tests/support/raw_http2.h"
#include "tests/support/status_matchers.h"
#include "tests/support/temp_dir.h"

namespace zeus::bso::http::health {
namespace {

using testing::HttpAnswer;
using testing::HttpClient;
using testing::Value;

TEST_CASE_METHOD(HealthFixture, "Over HTTP/1.1 healthz says that the process is alive, readyz that it is ready") {
  CHECK(Status("GET /healthz") == 200);
  CHECK(Status("GET /readyz") == 503);
  listener().ShowReady(true);
  CHECK(Status("GET /readyz") == 200);
  CHECK(Status("GET /readyz?verbose=1") == 200);
  listener().ShowReady(false);
  CHECK(Status("GET /readyz") == 503);
  CHECK(Status("GET /healthz") == 200);
}

TEST_CASE_METHOD(HealthFixture, "Over HTTP/1.1 nothing else is answered") {
  CHECK(Status("POST /healthz") == 405);
  CHECK(Status("DELETE /readyz") == 405);
  for (const std::string request : {"GET /", "GET /healthz/", "GET /healthzz", "POST /jobs", "GET /jobs/batch_size",
                                    "POST /zeus.bso.v1.BatchSizeOptimizer/ListJobs", "OPTIONS *"}) {
    CAPTURE(request);
    CHECK(Status(request) == 404);
  }
}

TEST_CASE_METHOD(HealthFixture, "HTTP/1.1 requests of a connection are answered one after the other, also in pieces") {
  HttpClient client(address());
  REQUIRE(client.Send("GET /healthz HTTP/1.1\r\n\r\nHEAD /healthz HTTP/1.1\r\nHost: evil\r\n\r\nGET /rea"));
  CHECK(client.Read().body == "ok\n");
  const HttpAnswer head = client.Read(/*has_body=*/false);
  CHECK(head.status == 200);
  CHECK(head.fields.at("content-length") == "3");
  REQUIRE(client.Send("dyz HTTP/1.1\r\nConnection: close\r\nOrigin: http://evil\r\n\r\n"));
  const HttpAnswer last = client.Read();
  CHECK(last.body == "not ready\n");
  CHECK(last.fields.at("connection") == "close");
  CHECK(client.IsClosed());
}

TEST_CASE_METHOD(HealthFixture, "A body is not read: its connection ends after the answer") {
  HttpClient client(address());
  REQUIRE(client.Send("POST /healthz HTTP/1.1\r\nContent-Length: 4\r\n\r\nGET /healthz HTTP/1.1\r\n\r\n"));
  CHECK(client.Read().status == 405);
  CHECK(client.IsClosed());
}

TEST_CASE_METHOD(HealthFixture, "A client of HTTP/1.0 is answered, and the connection ends") {
  HttpClient client(address());
  REQUIRE(client.Send("GET /healthz HTTP/1.0\r\n\r\n"));
  CHECK(client.Read().body == "ok\n");
  CHECK(client.IsClosed());
}

TEST_CASE_METHOD(HealthFixture, "Over HTTP/2 checks of one connection are answered, whatever their number") {
  listener().ShowReady(true);
  testing::RawHttp2 client(address());
  for (uint32_t stream = 1; stream < 200; stream += 2) {
    client.BeginCall(stream, "/grpc.health.v1.Health/Check");
    client.SendMessage(stream, "");
    CHECK(ReadData(client, stream) == kServing);
    CHECK(client.ReadToEnd(stream)->type == testing::Http2Frame::kHeaders);
  }
}

TEST_CASE_METHOD(HealthFixture, "A Watch is sent the present health, and then what changes it") {
  testing::RawHttp2 client(address());
  client.BeginCall(1, "/grpc.health.v1.Health/Watch");
  client.SendMessage(1, "");
  CHECK(ReadData(client, 1) == kNotServing);
  for (int i = 0; i < 3; ++i) {
    listener().ShowReady(true);
    CHECK(ReadData(client, 1) == kServing);
    listener().ShowReady(false);
    CHECK(ReadData(client, 1) == kNotServing);
  }
}

// It would otherwise be kept for it, change after change.
TEST_CASE_METHOD(HealthFixture, "A Watch whose window is closed gets the present health when it opens") {
  testing::RawHttp2 client(address());
  // SETTINGS_INITIAL_WINDOW_SIZE, 4, is 0.
  client.Send({.type = testing::Http2Frame::kSettings, .payload = testing::BigEndian(4, 2) + testing::BigEndian(0, 4)});
  client.BeginCall(1, "/grpc.health.v1.Health/Watch");
  client.SendMessage(1, "");
  for (int i = 0; i < 1000; ++i) listener().ShowReady(i % 2 == 0);
  listener().ShowReady(true);
  CHECK(Status("GET /readyz") == 200);
  client.Send({.type = 8, .stream = 1, .payload = testing::BigEndian(1000, 4)});
  CHECK(ReadData(client, 1) == kServing);
}

TEST_CASE_METHOD(HealthFixture, "The health listener that shuts down closes its connections, and may do so again") {
  testing::RawHttp2 watch(address());
  watch.BeginCall(1, "/grpc.health.v1.Health/Watch");
  watch.SendMessage(1, "");
  CHECK(ReadData(watch, 1) == kNotServing);
  HttpClient idle(address());
  for (int i = 0; i < 2; ++i) listener().Shutdown();
  listener().ShowReady(true);
  CHECK(idle.IsClosed());
  while (watch.Read().has_value()) {
  }
}

TEST_CASE("A health listener takes addresses of both kinds, and names one that it cannot listen on") {
  const testing::TempDir directory;
  const std::string path = directory / "health";
  const auto listener = Value(HealthListener::Start({.listen = {"127.0.0.1:0", "unix:" + path}, .socket_mode = 0660}));
  REQUIRE(listener->addresses().size() == 2);
  struct stat found {};
  REQUIRE(stat(path.c_str(), &found) == 0);
  CHECK((found.st_mode & 0777) == 0660);
  for (const std::string& taken : listener->addresses()) {
    const absl::Status status = HealthListener::Start({.listen = {taken}}).status();
    CHECK(status.code() == absl::StatusCode::kUnavailable);
    CHECK(status.message().find(taken) != absl::string_view::npos);
  }
  CHECK(HealthListener::Start({.listen = {"nowhere"}}).status().code() == absl::StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace zeus::bso::http::health

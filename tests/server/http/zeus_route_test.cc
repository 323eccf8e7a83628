// Paths, methods and queries of Zeus' protocol.
#include <string>

#include "catch2/catch.hpp"
#include "tests/server/http/zeus_fixture.h"

namespace zeus::bso::http {
namespace {

TEST_CASE_METHOD(ZeusFixture, "The query may be anything around the job_id") {
  CHECK(Register(SpecJson("j b")).status == 201);
  CHECK(Send("GET", "/jobs/batch_size?&&x&job_id=none&%6aob_id=j+b&y=%").status == 200);
  CHECK(Problems(Send("GET", "/jobs/batch_size?Job_id=j")) == "query.job_id value_error.missing");
  CHECK(Problems(Send("DELETE", "/jobs?job=j")) == "query.job_id value_error.missing");
}

TEST_CASE_METHOD(ZeusFixture, "Trailing slashes are redirected to our own path, with the query encoded anew") {
  ZeusAnswer answer = Send("POST", "/jobs/?job_id=a%2Fb&x=<script>\r\nSet-Cookie: a&y", "{");
  CHECK(answer.status == 307);
  CHECK(answer.Field("Location") == "/jobs?job_id=a%2Fb&x=%3Cscript%3E%0D%0ASet-Cookie%3A%20a&y=");
  CHECK(answer.text.empty());
  CHECK_FALSE(answer.fields.Find("Content-Type").has_value());
  CHECK(answer.Field("Cache-Control") == "no-store");
  answer = Send("GET", "/report//");
  CHECK(answer.status == 307);
  CHECK(answer.Field("Location") == "/report");
  CHECK(Send("GET", "//jobs").status == 404);
  CHECK(Send("GET", "/jobs/batch_size/x").status == 404);
}

TEST_CASE_METHOD(ZeusFixture, "Methods that a path does not have are refused with the one that the reference names") {
  const auto allowed = [this](const char* method, const char* path) {
    const ZeusAnswer answer = Send(method, path);
    return std::to_string(answer.status) + " " + answer.Field("Allow");
  };
  CHECK(allowed("PUT", "/jobs") == "405 POST");
  CHECK(allowed("HEAD", "/jobs/batch_size") == "405 GET");
  CHECK(allowed("OPTIONS", "/report") == "405 POST");
  CHECK(allowed("get", "/jobs/batch_size") == "405 GET");
  CHECK(allowed("DELETE", "/trials") == "405 PATCH");
  CHECK(Send("GET", "/jobs").text == R"({"detail":"Method Not Allowed"})");
  CHECK(Send("GET", "/nope").text == R"({"detail":"Not Found"})");
  CHECK(Send("HEAD", "/nope").text.empty());
}

TEST_CASE("The protocol's paths are its own") {
  for (const char* const path : {"/jobs", "/jobs/", "/jobs/batch_size", "/report", "/report/", "/trials"}) {
    CHECK(ZeusProtocol::Serves(path));
  }
  for (const char* const path : {"", "/", "jobs", "/jobsx", "/jobs/x", "/Jobs", "/zeus.bso.v1.ZeusService/GetJob"}) {
    CHECK_FALSE(ZeusProtocol::Serves(path));
  }
}

}  // namespace
}  // namespace zeus::bso::http

// What strangers send to a health listener: it ends their connections and answers others.
#include <cstdint>
#include <list>
#include <optional>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "catch2/catch.hpp"
#include "server/http/health/bounds.h"
#include "tests/server/http/health_fixture.h"
#include "tests/server/http/http_client.h"
#include "tests/support/raw_http2.h"

namespace zeus::bso::http::health {
namespace {

using testing::Http2Frame;
using testing::HttpClient;
using testing::RawConnection;
using testing::RawHttp2;

constexpr char kCheck[] = "/grpc.health.v1.Health/Check";
constexpr char kWatch[] = "/grpc.health.v1.Health/Watch";
constexpr uint8_t kPriority = 2;
constexpr uint8_t kWindowUpdate = 8;
constexpr uint8_t kContinuation = 9;
constexpr uint8_t kUnknownType = 200;

// More than any bound.
constexpr int kFlood = 1'000'000;

// A field of a head, in full and not to be indexed. `value` is shorter than 127 bytes.
std::string LiteralField(const std::string& name, const std::string& value) {
  return absl::StrCat(std::string(1, '\0'), std::string(1, static_cast<char>(name.size())), name,
                      std::string(1, static_cast<char>(value.size())), value);
}

// Sends frames until the connection is closed, and reads the answers: how many it sent.
template <typename MakeFrame>
int Flood(RawHttp2& client, MakeFrame make_frame) {
  for (int i = 0; i < kFlood; ++i) {
    if (!client.Send(make_frame(i))) return i;
    client.connection().Discard();
  }
  return kFlood;
}

TEST_CASE_METHOD(HealthFixture, "Random bytes end a connection to the health listener") {
  std::mt19937 random(1);
  for (int i = 0; i < 200; ++i) {
    const bool after_preface = i % 2 == 1;
    std::string bytes = after_preface ? "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" : "";
    for (int j = 0; j < 20'000; ++j) bytes += static_cast<char>(random());
    RawConnection connection(address());
    connection.Send(bytes);
    while (!connection.Read(1).empty()) {
    }
  }
  CHECK(Status("GET /healthz") == 200);
}

TEST_CASE_METHOD(HealthFixture,
                 "What is no HTTP/1.1 request of a probe, or too long, is refused by the health listener") {
  for (const auto& [request, status] : std::vector<std::pair<std::string, int>>{
           {"rubbish\r\n\r\n", 400},
           {std::string("\0\1\2\r\n\r\n", 7), 400},
           {"PRI * HTTP/1.1\r\n\r\n", 404},
           {"GET /healthz HTTP/9.9\r\n\r\n", 400},
           {"GET /healthz HTTP/1.1\r\nHost localhost\r\n\r\n", 400},
           {absl::StrCat("GET /healthz HTTP/1.1\r\nX: ", std::string(kMaxHeadBytes, 'x'), "\r\n\r\n"), 431},
           {absl::StrCat("GET /", std::string(kMaxHeadBytes, 'x'), " HTTP/1.1\r\n\r\n"), 431}}) {
    CAPTURE(request.substr(0, 60));
    HttpClient client(address());
    client.Send(request);
    CHECK(client.Read().status == status);
  }
  CHECK(Status("GET /healthz") == 200);
}

TEST_CASE_METHOD(HealthFixture, "A flood of HTTP/1.1 requests on one connection is refused") {
  HttpClient client(address());
  int last = 200;
  int num_answers = 0;
  for (; last == 200 && num_answers < kFlood; ++num_answers) {
    client.Send("GET /healthz HTTP/1.1\r\n\r\n");
    last = client.Read().status;
  }
  CHECK(last == 429);
  CHECK(num_answers > kMaxItemsAtOnce / 2);
  CHECK(client.IsClosed());
}

TEST_CASE_METHOD(HealthFixture, "A flood of HTTP/2 frames of any kind ends its connection to the health listener") {
  const std::vector<Http2Frame> frames = {{.type = Http2Frame::kSettings},
                                          {.type = Http2Frame::kPing, .payload = "12345678"},
                                          {.type = Http2Frame::kPing, .flags = 1, .payload = "12345678"},
                                          {.type = kPriority, .stream = 1, .payload = std::string(5, '\1')},
                                          {.type = kWindowUpdate, .payload = std::string(3, '\0') + '\1'},
                                          {.type = Http2Frame::kData, .stream = 1},
                                          {.type = kUnknownType, .payload = "x"}};
  for (const Http2Frame& frame : frames) {
    CAPTURE(int{frame.type});
    RawHttp2 client(address());
    client.BeginCall(1, kWatch);
    CHECK(Flood(client, [&](int) { return frame; }) < kFlood);
    CHECK(Status("GET /healthz") == 200);
  }
}

TEST_CASE_METHOD(HealthFixture,
                 "A flood of calls that are begun and reset ends its connection to the health listener") {
  RawHttp2 client(address());
  int num_calls = 0;
  for (; num_calls < kFlood; ++num_calls) {
    const auto stream = static_cast<uint32_t>(2 * num_calls + 1);
    if (!client.BeginCall(stream, kCheck)) break;
    if (!client.SendMessage(stream, "")) break;
    if (!client.Send({.type = Http2Frame::kReset, .stream = stream, .payload = std::string(4, '\0')})) break;
  }
  CHECK(num_calls < kFlood);
  CHECK(Status("GET /healthz") == 200);
}

TEST_CASE_METHOD(HealthFixture, "A head of more bytes than the bound ends its connection to the health listener") {
  RawHttp2 client(address());
  std::string block;
  while (block.size() < 2 * kMaxHeadBytes - 200) block += LiteralField("name", std::string(100, 'x'));
  client.Send({.type = Http2Frame::kHeaders, .flags = Http2Frame::kEndHeaders, .stream = 1, .payload = block});
  CHECK_FALSE(client.ReadToEnd(1).has_value());
}

TEST_CASE_METHOD(HealthFixture, "CONTINUATION frames without an end, empty or not, end their connection") {
  for (const std::string& part : {std::string(), LiteralField("x", "y"), LiteralField("name", std::string(100, 'x'))}) {
    CAPTURE(part.size());
    RawHttp2 client(address());
    client.Send({.type = Http2Frame::kHeaders, .stream = 1, .payload = LiteralField(":method", "GET")});
    CHECK(Flood(client, [&](int) { return Http2Frame{.type = kContinuation, .stream = 1, .payload = part}; }) < kFlood);
    CHECK(Status("GET /healthz") == 200);
  }
}

// HPACK: one byte refers to a field of 4 KB.
TEST_CASE_METHOD(HealthFixture, "References to a large field count with their full length") {
  RawHttp2 client(address());
  const std::string large(4000 - 127, 'x');
  // A literal to be indexed: the length is 127 and what follows in groups of 7 bits.
  const size_t rest = large.size() - 127;
  std::string block = absl::StrCat("\x40\1n\x7f", std::string(1, static_cast<char>(0x80 | (rest & 0x7f))),
                                   std::string(1, static_cast<char>(rest >> 7)), large);
  // The index of the newest field.
  block += std::string(8000, '\xbe');
  client.Send({.type = Http2Frame::kHeaders, .flags = Http2Frame::kEndHeaders, .stream = 1, .payload = block});
  CHECK_FALSE(client.ReadToEnd(1).has_value());
  CHECK(Status("GET /healthz") == 200);
}

TEST_CASE_METHOD(HealthFixture, "A request of more bytes than the bound is answered before its end, others go on") {
  RawHttp2 client(address());
  client.BeginCall(1, kCheck);
  client.Send({.type = Http2Frame::kData, .stream = 1, .payload = std::string(kMaxMessageBytes + 1, '\0')});
  CHECK(client.ReadToEnd(1)->type == Http2Frame::kHeaders);
  client.BeginCall(3, kCheck);
  client.SendMessage(3, "");
  CHECK(ReadData(client, 3) == kNotServing);
}

TEST_CASE_METHOD(HealthFixture, "A connection has a bounded number of Watches, and more are refused") {
  RawHttp2 client(address());
  for (uint32_t i = 0; i < kMaxCalls; ++i) {
    client.BeginCall(2 * i + 1, kWatch);
    client.SendMessage(2 * i + 1, "");
    CHECK(ReadData(client, 2 * i + 1) == kNotServing);
  }
  client.BeginCall(2 * kMaxCalls + 1, kWatch);
  CHECK(client.ReadToEnd(2 * kMaxCalls + 1)->type == Http2Frame::kReset);
  client.Send({.type = Http2Frame::kReset, .stream = 1, .payload = std::string(4, '\0')});
  client.BeginCall(2 * kMaxCalls + 3, kCheck);
  client.SendMessage(2 * kMaxCalls + 3, "");
  CHECK(ReadData(client, 2 * kMaxCalls + 3) == kNotServing);
}

TEST_CASE_METHOD(HealthFixture, "With too many connections the one whose last answer is the oldest is closed") {
  std::list<HttpClient> silent;
  HttpClient probe(address());
  for (size_t i = 0; i < 3 * kMaxConnections; ++i) {
    silent.emplace_back(address());
    if (i % (kMaxConnections / 2) != 0) continue;
    // One that comes after them: when it is answered, they are all taken.
    REQUIRE(Status("GET /healthz") == 200);
    REQUIRE(probe.Send("GET /healthz HTTP/1.1\r\n\r\n"));
    REQUIRE(probe.Read().status == 200);
  }
  CHECK(silent.front().IsClosed());
  CHECK(Status("GET /healthz") == 200);
}

}  // namespace
}  // namespace zeus::bso::http::health

#include "server/http/listener/http_server.h"

#include <sys/stat.h>

#include <atomic>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "catch2/catch.hpp"
#include "server/http/exchange/simple_response.h"
#include "server/http/listener/bounds.h"
#include "tests/server/http/http_client.h"
#include "tests/support/status_matchers.h"
#include "tests/support/temp_dir.h"

namespace zeus::bso::http {
namespace {

using testing::HttpAnswer;
using testing::HttpClient;
using testing::Value;

// Counts upwards, part by part, until its reader has gone or `last` was told.
class Counter : public BodyStream {
 public:
  Counter(int last, std::atomic<bool>& dropped) : last_(last), dropped_(dropped) {}
  ~Counter() override { dropped_ = true; }
  void Next(OnPart on_part) override {
    ++count_;
    if (count_ > last_) return std::move(on_part)(std::nullopt);
    std::move(on_part)(absl::StrCat(count_, ";"));
  }

 private:
  const int last_;
  int count_ = 0;
  std::atomic<bool>& dropped_;
};

// Adds up the bytes that come, and tells how many there were.
class Adder : public Upload {
 public:
  Adder(Respond respond, std::atomic<bool>& dropped) : respond_(std::move(respond)), dropped_(dropped) {}
  ~Adder() override { dropped_ = true; }
  void Take(std::string part, OnTaken on_taken) override {
    num_bytes_ += part.size();
    // Responds although it would take more.
    if (part.find('?') != std::string::npos) std::move(respond_)(MakeResponse(408, "text/plain", "too late"));
    if (part.find('!') != std::string::npos && respond_ != nullptr) {
      return std::move(respond_)(MakeResponse(400, "text/plain", "no"));
    }
    std::move(on_taken)();
  }
  void Finish() override { std::move(respond_)(MakeResponse(200, "text/plain", absl::StrCat(num_bytes_))); }

 private:
  Respond respond_;
  size_t num_bytes_ = 0;
  std::atomic<bool>& dropped_;
};

// Answers each request with what it was, but for some paths.
class Echo : public Handler {
 public:
  std::optional<Response> Refuse(const Request& head) const override {
    if (head.path == "/refused") return MakeErrorResponse(403, "permission_denied", "not you");
    return std::nullopt;
  }
  bool TakesUpload(const Request& head) const override { return head.path == "/upload"; }
  std::unique_ptr<Upload> BeginUpload(const Request&, Respond respond) override {
    return std::make_unique<Adder>(std::move(respond), dropped);
  }
  void Handle(Request request, Respond respond) override {
    if (request.path == "/count" || request.path == "/count-on") {
      Response response = MakeResponse(200, "text/plain", "");
      response.stream = std::make_unique<Counter>(request.path == "/count" ? 3 : 1 << 30, dropped);
      return std::move(respond)(std::move(response));
    }
    if (request.path == "/host") {
      return std::move(respond)(MakeResponse(200, "text/plain", std::string(*request.fields.Find("host"))));
    }
    if (request.path == "/later") {
      absl::MutexLock lock(&mutex_);
      later_.push_back(std::move(respond));
      return;
    }
    std::move(respond)(
        MakeResponse(200, "text/plain",
                     absl::StrCat(request.method, " ", request.path, " ", request.query, " ", request.body.size(), " ",
                                  request.fields.Find("x-test").value_or(""), " ", request.peer->is_unix_socket)));
  }

  // Answers the next request of /later, when it has come.
  void AnswerOne() {
    const auto has_one = [this] {
      mutex_.AssertHeld();
      return !later_.empty();
    };
    Respond respond;
    {
      absl::MutexLock lock(&mutex_, absl::Condition(&has_one));
      respond = std::move(later_.front());
      later_.pop_front();
    }
    std::move(respond)(MakeResponse(200, "text/plain", "now"));
  }

  std::atomic<bool> dropped = false;

 private:
  absl::Mutex mutex_;
  std::deque<Respond> later_ ABSL_GUARDED_BY(mutex_);
};

class HttpServerFixture {
 public:
  HttpServerFixture() { Start({.listen = {"127.0.0.1:0"}}); }

  void Start(const HttpServerOptions& options) {
    server.reset();
    server = Value(HttpServer::Start(options, echo));
  }
  const std::string& address() const { return server->addresses().front(); }

  HttpAnswer Ask(const std::string& request) {
    HttpClient client(address());
    REQUIRE(client.Send(request));
    return client.Read();
  }

  Echo echo;
  std::unique_ptr<HttpServer> server;
};

TEST_CASE_METHOD(HttpServerFixture, "Requests of a connection are answered one after the other") {
  HttpClient client(address());
  REQUIRE(client.Send("GET /a%20b?c=d HTTP/1.1\r\nHost: localhost\r\nX-Test: yes\r\n\r\n"));
  CHECK(client.Read().body == "GET /a%20b c=d 0 yes 0");
  REQUIRE(client.Send("POST /b HTTP/1.1\r\nHost: localhost\r\nContent-Length: 3\r\n\r\nabc"));
  CHECK(client.Read().body == "POST /b  3  0");
  // Both at once, and in pieces.
  REQUIRE(client.Send("PUT /c HTTP/1.1\r\nHost: l\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n0\r\n\r\nGET /d HT"));
  CHECK(client.Read().body == "PUT /c  2  0");
  REQUIRE(client.Send("TP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"));
  const HttpAnswer last = client.Read();
  CHECK(last.body == "GET /d  0  0");
  CHECK(last.fields.at("connection") == "close");
  CHECK(client.IsClosed());
}

TEST_CASE_METHOD(HttpServerFixture, "Each response keeps browsers from doing more with it than show it to the page") {
  HttpAnswer answer = Ask("GET / HTTP/1.1\r\nHost: localhost\r\nOrigin: http://evil\r\n\r\n");
  CHECK(answer.fields["content-security-policy"] ==
        "default-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'");
  CHECK(answer.fields["x-content-type-options"] == "nosniff");
  CHECK(answer.fields["referrer-policy"] == "no-referrer");
  CHECK(answer.fields["cross-origin-resource-policy"] == "same-origin");
  CHECK(answer.fields["cache-control"] == "no-store");
  CHECK_FALSE(answer.fields["date"].empty());
  CHECK(answer.fields.count("access-control-allow-origin") == 0);
}

TEST_CASE_METHOD(HttpServerFixture, "A HEAD has the length of the body, and no body") {
  HttpClient client(address());
  REQUIRE(client.Send("HEAD /a HTTP/1.1\r\nHost: localhost\r\n\r\n"));
  HttpAnswer answer = client.Read(/*has_body=*/false);
  CHECK(answer.status == 200);
  CHECK(answer.fields["content-length"] == "13");
  REQUIRE(client.Send("GET /a HTTP/1.1\r\nHost: localhost\r\n\r\n"));
  CHECK(client.Read().body == "GET /a  0  0");
}

TEST_CASE_METHOD(HttpServerFixture, "What is no request, or too long, is refused, and the connection ends") {
  for (const auto& [request, status] : std::vector<std::pair<std::string, int>>{
           {"rubbish\r\n\r\n", 400},
           {std::string("\0\1\2\r\n\r\n", 7), 400},
           {"GET / HTTP/9.9\r\n\r\n", 400},
           {"GET / HTTP/1.1\r\nHost localhost\r\n\r\n", 400},
           {"POST / HTTP/1.1\r\nHost: l\r\nContent-Length: -1\r\n\r\n", 400},
           {"POST / HTTP/1.1\r\nHost: l\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab", 400},
           {"POST / HTTP/1.1\r\nHost: l\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n", 400},
           {"POST / HTTP/1.1\r\nHost: l\r\nTransfer-Encoding: gzip\r\n\r\n", 501},
           {"POST / HTTP/1.1\r\nHost: l\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", 501},
           {"POST / HTTP/1.1\r\nHost: l\r\nTransfer-Encoding: xchunked\r\nContent-Length: 2\r\n\r\nab", 501},
           {"POST / HTTP/1.0\r\nHost: l\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 501},
           {"POST / HTTP/1.1\r\nHost: l\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", 400},
           {absl::StrCat("GET / HTTP/1.1\r\nX: ", std::string(kMaxHeadBytes, 'x'), "\r\n\r\n"), 431},
           {absl::StrCat("GET /", std::string(kMaxHeadBytes, 'x'), " HTTP/1.1\r\n\r\n"), 431},
           {absl::StrCat("POST / HTTP/1.1\r\nHost: l\r\nContent-Length: ", kMaxBodyBytes + 1, "\r\n\r\n"), 413},
           {"POST /refused HTTP/1.1\r\nHost: l\r\nContent-Length: 5\r\n\r\n", 403}}) {
    CAPTURE(request.substr(0, 60));
    HttpClient client(address());
    client.Send(request);
    CHECK(client.Read().status == status);
    client.EndSending();
    CHECK(client.IsClosed());
  }
  CHECK(Ask("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n").status == 200);
}

TEST_CASE_METHOD(HttpServerFixture, "A body in chunks is at most as long as any other") {
  HttpClient client(address());
  REQUIRE(client.Send("POST / HTTP/1.1\r\nHost: l\r\nTransfer-Encoding: chunked\r\n\r\n"));
  const std::string chunk = absl::StrCat("10000\r\n", std::string(0x10000, 'x'), "\r\n");
  for (int i = 0; i < 32 && client.Send(chunk); ++i) {
  }
  CHECK(client.Read().status == 413);
  HttpClient other(address());
  REQUIRE(other.Send("POST / HTTP/1.1\r\nHost: l\r\nTransfer-Encoding: chunked\r\n\r\n"));
  for (int i = 0; i < 16; ++i) REQUIRE(other.Send(chunk));
  REQUIRE(other.Send("0\r\n\r\n"));
  CHECK(other.Read().body == "POST /  1048576  0");
}

TEST_CASE_METHOD(HttpServerFixture, "Bodies that are announced take no place from those that come") {
  std::deque<HttpClient> silent;
  for (size_t i = 0; i < 2 * kMaxBytesInMemory / kMaxBodyBytes; ++i) {
    REQUIRE(silent.emplace_back(address()).Send(
        absl::StrCat("POST / HTTP/1.1\r\nHost: l\r\nContent-Length: ", kMaxBodyBytes, "\r\n\r\n")));
  }
  const std::string body(100'000, 'x');
  CHECK(Ask(absl::StrCat("POST / HTTP/1.1\r\nHost: l\r\nContent-Length: ", body.size(), "\r\n\r\n", body)).status ==
        200);
}

TEST_CASE_METHOD(HttpServerFixture, "Bodies that come take so much memory and no more, whoever sends them") {
  std::deque<HttpClient> slow;
  const std::string most(kMaxBodyBytes - 1, 'x');
  for (size_t i = 0; i < kMaxBytesInMemory / kMaxBodyBytes + 8; ++i) {
    HttpClient& client = slow.emplace_back(address());
    client.Send(absl::StrCat("POST / HTTP/1.1\r\nHost: l\r\nContent-Length: ", kMaxBodyBytes, "\r\n\r\n", most));
  }
  CHECK(slow.back().Read().status == 503);
  // Small ones are always taken.
  CHECK(Ask("POST / HTTP/1.1\r\nHost: l\r\nContent-Length: 2\r\n\r\nab").status == 200);
}

TEST_CASE_METHOD(HttpServerFixture,
                 "A target may name the host, which then counts, and a request may come after empty lines") {
  CHECK(Ask("\r\n\r\nGET http://other.example:1/a%20b?c=d HTTP/1.1\r\nHost: localhost\r\n\r\n").body ==
        "GET /a%20b c=d 0  0");
  CHECK(Ask("GET http://other.example/host HTTP/1.1\r\nHost: localhost\r\n\r\n").body == "other.example");
  CHECK(Ask("GET https://other.example HTTP/1.1\r\nHost: localhost\r\n\r\n").body == "GET /  0  0");
}

TEST_CASE_METHOD(HttpServerFixture, "A refusal that needs no body leaves the connection open") {
  HttpClient client(address());
  REQUIRE(client.Send("GET /refused HTTP/1.1\r\nHost: localhost\r\n\r\nGET /a HTTP/1.1\r\nHost: localhost\r\n\r\n"));
  CHECK(client.Read().status == 403);
  CHECK(client.Read().status == 200);
}

TEST_CASE_METHOD(HttpServerFixture, "Who waits for the word to send a body gets it, or a refusal") {
  HttpClient client(address());
  REQUIRE(client.Send("POST / HTTP/1.1\r\nHost: l\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n"));
  CHECK(client.ReadHead().status == 100);
  REQUIRE(client.Send("ab"));
  CHECK(client.Read().body == "POST /  2  0");
  REQUIRE(client.Send("POST /refused HTTP/1.1\r\nHost: l\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n"));
  CHECK(client.Read().status == 403);
}

TEST_CASE_METHOD(HttpServerFixture, "A body is streamed part by part, until it ends or its reader has gone") {
  HttpClient client(address());
  REQUIRE(client.Send("GET /count HTTP/1.1\r\nHost: localhost\r\n\r\n"));
  CHECK(client.Read().body == "1;2;3;");
  CHECK(client.IsClosed());
  CHECK(echo.dropped);
  {
    echo.dropped = false;
    HttpClient reader(address());
    REQUIRE(reader.Send("GET /count-on HTTP/1.1\r\nHost: localhost\r\n\r\n"));
    CHECK(reader.ReadHead().status == 200);
    CHECK(reader.ReadChunk() == "1;");
  }
  while (!echo.dropped) std::this_thread::yield();
  // Older clients know no chunks: the body ends with the connection.
  HttpClient old(address());
  REQUIRE(old.Send("GET /count HTTP/1.0\r\nHost: localhost\r\n\r\n"));
  const HttpAnswer answer = old.Read();
  CHECK(answer.fields.count("transfer-encoding") == 0);
}

TEST_CASE_METHOD(HttpServerFixture, "An upload is taken part by part, may be long, and may be refused on the way") {
  HttpClient client(address());
  constexpr int kMebibytes = 3;
  REQUIRE(
      client.Send(absl::StrCat("POST /upload HTTP/1.1\r\nHost: l\r\nContent-Length: ", kMebibytes << 20, "\r\n\r\n")));
  for (int i = 0; i < kMebibytes; ++i) REQUIRE(client.Send(std::string(1 << 20, 'x')));
  CHECK(client.Read().body == absl::StrCat(kMebibytes << 20));
  REQUIRE(client.Send("POST /upload HTTP/1.1\r\nHost: l\r\nTransfer-Encoding: chunked\r\n\r\n1\r\n!\r\n"));
  CHECK(client.Read().status == 400);
  HttpClient slow(address());
  REQUIRE(slow.Send("POST /upload HTTP/1.1\r\nHost: l\r\nContent-Length: 10\r\n\r\n?"));
  CHECK(slow.Read().status == 408);
  REQUIRE(slow.Send("abc"));
  slow.EndSending();
  CHECK(slow.IsClosed());
  {
    echo.dropped = false;
    HttpClient gone(address());
    REQUIRE(gone.Send("POST /upload HTTP/1.1\r\nHost: l\r\nContent-Length: 10\r\n\r\nabc"));
  }
  while (!echo.dropped) std::this_thread::yield();
}

TEST_CASE_METHOD(HttpServerFixture, "A response may come late, and after its client has gone") {
  HttpClient client(address());
  REQUIRE(client.Send("GET /later HTTP/1.1\r\nHost: localhost\r\n\r\n"));
  echo.AnswerOne();
  CHECK(client.Read().body == "now");
  {
    HttpClient gone(address());
    REQUIRE(gone.Send("GET /later HTTP/1.1\r\nHost: localhost\r\n\r\n"));
  }
  echo.AnswerOne();
  CHECK(Ask("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n").status == 200);
}

TEST_CASE_METHOD(HttpServerFixture,
                 "A server that stops closes idle connections at once, and answers what it has begun") {
  HttpClient idle(address());
  HttpClient busy(address());
  REQUIRE(busy.Send("GET /later HTTP/1.1\r\nHost: localhost\r\n\r\nGET / HTTP/1.1\r\nHost: localhost\r\n\r\n"));
  REQUIRE(idle.Send("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"));
  CHECK(idle.Read().status == 200);
  std::thread stopping([this] { server->Shutdown(absl::Minutes(1)); });
  CHECK(idle.IsClosed());
  echo.AnswerOne();
  HttpAnswer answer = busy.Read();
  CHECK(answer.body == "now");
  CHECK(answer.fields["connection"] == "close");
  busy.EndSending();
  stopping.join();
  CHECK(busy.IsClosed());
}

TEST_CASE_METHOD(HttpServerFixture, "A server that stops does not wait for ever") {
  HttpClient busy(address());
  REQUIRE(busy.Send("GET /later HTTP/1.1\r\nHost: localhost\r\n\r\n"));
  HttpClient reader(address());
  REQUIRE(reader.Send("GET /count-on HTTP/1.1\r\nHost: localhost\r\n\r\n"));
  CHECK(reader.ReadHead().status == 200);
  server->Shutdown(absl::Milliseconds(10));
  CHECK(busy.Read().status == 0);
  echo.AnswerOne();
}

TEST_CASE_METHOD(HttpServerFixture,
                 "A unix socket has its mode before anybody can connect, and is not taken from others") {
  const testing::TempDir directory;
  const std::string path = directory / "http";
  Start({.listen = {"unix:" + path}, .socket_mode = 0660});
  struct stat found {};
  REQUIRE(stat(path.c_str(), &found) == 0);
  CHECK((found.st_mode & 0777) == 0660);
  CHECK(Ask("GET /a HTTP/1.1\r\n\r\n").body == "GET /a  0  1");
  CHECK(HttpServer::Start({.listen = {"unix:" + path}}, echo).status().code() == absl::StatusCode::kUnavailable);
  CHECK(Ask("GET /a HTTP/1.1\r\n\r\n").status == 200);
  server.reset();
  // What is left of it does not stand in the way.
  Start({.listen = {"unix:" + path}});
  CHECK(Ask("GET /a HTTP/1.1\r\n\r\n").status == 200);
}

TEST_CASE_METHOD(HttpServerFixture, "Addresses that cannot be listened on are errors that name them") {
  const auto status_of = [&](const std::string& listen) {
    return HttpServer::Start({.listen = {listen}}, echo).status();
  };
  CHECK(status_of(address()).code() == absl::StatusCode::kUnavailable);
  CHECK(status_of(address()).message().find(address()) != absl::string_view::npos);
  CHECK(status_of("192.0.2.1:0").code() == absl::StatusCode::kUnavailable);
  for (const std::string listen : {"localhost", "localhost:x", "localhost:65536", "[::1:80", "tls:unix:/x", "unix:"}) {
    CAPTURE(listen);
    CHECK(status_of(listen).code() == absl::StatusCode::kInvalidArgument);
  }
  CHECK(status_of("tls:127.0.0.1:0").code() == absl::StatusCode::kInvalidArgument);
}

TEST_CASE_METHOD(HttpServerFixture, "A name is listened on with all its addresses, at one port") {
  Start({.listen = {"localhost:0"}});
  CHECK(Ask("GET /a HTTP/1.1\r\nHost: localhost\r\n\r\n").status == 200);
  Start({.listen = {"dns:///localhost:0"}});
  CHECK(Ask("GET /a HTTP/1.1\r\nHost: localhost\r\n\r\n").status == 200);
}

}  // namespace
}  // namespace zeus::bso::http

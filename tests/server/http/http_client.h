// A client that sends what a test says, byte by byte, and reads what comes.
#ifndef ZEUS_BSO_TESTS_SERVER_HTTP_HTTP_CLIENT_H_
#define ZEUS_BSO_TESTS_SERVER_HTTP_HTTP_CLIENT_H_

#include <arpa/inet.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <map>
#include <string>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"
#include "catch2/catch.hpp"

namespace zeus::bso::testing {

struct HttpAnswer {
  int status = 0;                             // 0: the connection ended before one came.
  std::map<std::string, std::string> fields;  // Names in lower case.
  std::string body;                           // Without the marks of chunks.
};

// A connection to an address as an HttpServer names it.
class HttpClient {
 public:
  explicit HttpClient(const std::string& address) {
    absl::string_view rest = address;
    if (absl::ConsumePrefix(&rest, "unix:")) {
      ConnectToPath(std::string(rest));
      return;
    }
    const size_t colon = rest.rfind(':');
    sockaddr_in to{.sin_family = AF_INET};
    int port = 0;
    REQUIRE(absl::SimpleAtoi(rest.substr(colon + 1), &port));
    to.sin_port = htons(static_cast<uint16_t>(port));
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socket_ = socket(AF_INET, SOCK_STREAM, 0);
    REQUIRE(connect(socket_, reinterpret_cast<const sockaddr*>(&to), sizeof(to)) == 0);
  }
  ~HttpClient() { close(socket_); }
  HttpClient(const HttpClient&) = delete;
  HttpClient& operator=(const HttpClient&) = delete;

  // False: the other end has gone.
  bool Send(absl::string_view bytes) const {
    while (!bytes.empty()) {
      const ssize_t sent = send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent <= 0) return false;
      bytes.remove_prefix(static_cast<size_t>(sent));
    }
    return true;
  }
  void EndSending() const { shutdown(socket_, SHUT_WR); }

  // The head of the next response, and its body if its length is known or it comes in chunks.
  HttpAnswer Read(bool has_body = true) {
    HttpAnswer answer = ReadHead();
    if (answer.status == 0 || !has_body) return answer;
    if (answer.fields.count("transfer-encoding") > 0) {
      while (true) {
        const std::string chunk = ReadChunk();
        if (chunk.empty()) return answer;
        answer.body += chunk;
      }
    }
    size_t length = 0;
    if (answer.fields.count("content-length") > 0) REQUIRE(absl::SimpleAtoi(answer.fields["content-length"], &length));
    while (buffer_.size() < length && Receive()) {
    }
    answer.body = Take(std::min(length, buffer_.size()));
    return answer;
  }

  HttpAnswer ReadHead() {
    size_t end = 0;
    while ((end = buffer_.find("\r\n\r\n")) == std::string::npos) {
      if (!Receive()) return {};
    }
    return ParseHead(Take(end + 4));
  }

  // Empty: it is the last one, or the connection has ended.
  std::string ReadChunk() {
    size_t end = 0;
    while ((end = buffer_.find("\r\n")) == std::string::npos) {
      if (!Receive()) return "";
    }
    const size_t length = std::strtoul(Take(end + 2).c_str(), nullptr, 16);
    while (buffer_.size() < length + 2) {
      if (!Receive()) return "";
    }
    std::string chunk = Take(length);
    Take(2);
    return chunk;
  }

  // Whether the other end closes without another byte.
  bool IsClosed() { return buffer_.empty() && !Receive(); }

 private:
  void ConnectToPath(const std::string& path) {
    sockaddr_un to{.sun_family = AF_UNIX};
    path.copy(to.sun_path, sizeof(to.sun_path) - 1);
    socket_ = socket(AF_UNIX, SOCK_STREAM, 0);
    REQUIRE(connect(socket_, reinterpret_cast<const sockaddr*>(&to), sizeof(to)) == 0);
  }

  bool Receive() {
    char bytes[4096];
    const ssize_t received = recv(socket_, bytes, sizeof(bytes), 0);
    if (received <= 0) return false;
    buffer_.append(bytes, static_cast<size_t>(received));
    return true;
  }

  std::string Take(size_t length) {
    std::string taken = buffer_.substr(0, length);
    buffer_.erase(0, length);
    return taken;
  }

  static HttpAnswer ParseHead(const std::string& head) {
    HttpAnswer answer;
    REQUIRE(absl::StartsWith(head, "HTTP/1.1 "));
    answer.status = std::atoi(head.c_str() + 9);
    size_t line = head.find("\r\n") + 2;
    while (line + 2 < head.size()) {
      const size_t end = head.find("\r\n", line);
      const std::string field = head.substr(line, end - line);
      const size_t colon = field.find(':');
      answer.fields[absl::AsciiStrToLower(field.substr(0, colon))] =
          std::string(absl::StripAsciiWhitespace(field.substr(colon + 1)));
      line = end + 2;
    }
    return answer;
  }

  int socket_ = -1;
  std::string buffer_;
};

}  // namespace zeus::bso::testing

#endif  // ZEUS_BSO_TESTS_SERVER_HTTP_HTTP_CLIENT_H_

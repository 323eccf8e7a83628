// HTTP/2 by hand, for what no gRPC client can be made to send.
#ifndef ZEUS_BSO_TESTS_SUPPORT_RAW_HTTP2_H_
#define ZEUS_BSO_TESTS_SUPPORT_RAW_HTTP2_H_

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"

namespace zeus::bso::testing {

// A connection to a unix socket. Reads wait for at most a minute.
class RawConnection {
 public:
  explicit RawConnection(absl::string_view address) : socket_(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_un target{};
    target.sun_family = AF_UNIX;
    absl::StripPrefix(address, "unix:").copy(target.sun_path, sizeof(target.sun_path) - 1);
    const timeval patience{.tv_sec = 60, .tv_usec = 0};
    setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
    if (connect(socket_, reinterpret_cast<const sockaddr*>(&target), sizeof(target)) != 0) {
      throw std::runtime_error("cannot connect");
    }
  }
  ~RawConnection() { close(socket_); }
  RawConnection(const RawConnection&) = delete;
  RawConnection& operator=(const RawConnection&) = delete;

  // False: the other side has closed it.
  bool Send(absl::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t sent = send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent <= 0) return false;
      bytes.remove_prefix(static_cast<size_t>(sent));
    }
    return true;
  }

  // Drops what has come, without waiting for more.
  void Discard() {
    char bytes[4096];
    while (recv(socket_, bytes, sizeof(bytes), MSG_DONTWAIT) > 0) {
    }
  }

  // So many bytes; fewer where the other side closed it before.
  std::string Read(size_t count) {
    std::string bytes(count, '\0');
    size_t length = 0;
    while (length < count) {
      const ssize_t received = recv(socket_, bytes.data() + length, count - length, 0);
      if (received <= 0) break;
      length += static_cast<size_t>(received);
    }
    bytes.resize(length);
    return bytes;
  }

 private:
  const int socket_;
};

struct Http2Frame {
  enum Type : uint8_t { kData = 0, kHeaders = 1, kReset = 3, kSettings = 4, kPing = 6, kGoAway = 7 };

  uint8_t type = 0;
  uint8_t flags = 0;
  uint32_t stream = 0;
  std::string payload = {};

  static constexpr uint8_t kEndStream = 1;
  static constexpr uint8_t kEndHeaders = 4;

  // Whether it is the last of its stream.
  bool ends_stream() const {
    return type == kReset || ((type == kData || type == kHeaders) && (flags & kEndStream) != 0);
  }
};

inline std::string BigEndian(uint32_t number, int bytes) {
  std::string text;
  for (int shift = 8 * (bytes - 1); shift >= 0; shift -= 8) text += static_cast<char>(number >> shift);
  return text;
}

inline uint32_t FromBigEndian(absl::string_view bytes) {
  uint32_t number = 0;
  for (const char byte : bytes) number = number << 8 | static_cast<uint8_t>(byte);
  return number;
}

// The client's side of HTTP/2, frame by frame.
class RawHttp2 {
 public:
  // Exchanges settings, of which the client has none.
  explicit RawHttp2(absl::string_view address) : connection_(address) {
    connection_.Send("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
    Send({.type = Http2Frame::kSettings});
  }

  RawConnection& connection() { return connection_; }

  bool Send(const Http2Frame& frame) {
    return connection_.Send(absl::StrCat(
        BigEndian(static_cast<uint32_t>(frame.payload.size()), 3), std::string(1, static_cast<char>(frame.type)),
        std::string(1, static_cast<char>(frame.flags)), BigEndian(frame.stream, 4), frame.payload));
  }

  // The next frame; nothing when the server has closed the connection.
  std::optional<Http2Frame> Read() {
    const std::string header = connection_.Read(9);
    if (header.size() < 9) return std::nullopt;
    const absl::string_view view = header;
    return Http2Frame{.type = static_cast<uint8_t>(header[3]),
                      .flags = static_cast<uint8_t>(header[4]),
                      .stream = FromBigEndian(view.substr(5)),
                      .payload = connection_.Read(FromBigEndian(view.substr(0, 3)))};
  }

  // Reads on to the last frame of this stream.
  std::optional<Http2Frame> ReadToEnd(uint32_t stream) {
    std::optional<Http2Frame> frame = Read();
    while (frame.has_value() && !(frame->stream == stream && frame->ends_stream())) frame = Read();
    return frame;
  }

  // The headers of a call, without its message.
  bool BeginCall(uint32_t stream, const std::string& method,
                 const std::vector<std::pair<std::string, std::string>>& more = {}) {
    std::vector<std::pair<std::string, std::string>> headers = {{":method", "POST"},
                                                                {":scheme", "http"},
                                                                {":path", method},
                                                                {":authority", "localhost"},
                                                                {"content-type", "application/grpc"},
                                                                {"te", "trailers"}};
    headers.insert(headers.end(), more.begin(), more.end());
    std::string block;
    for (const auto& [name, value] : headers) {
      // A literal without indexing: both in full. Lengths are below 127.
      absl::StrAppend(&block, std::string(1, '\0'), std::string(1, static_cast<char>(name.size())), name,
                      std::string(1, static_cast<char>(value.size())), value);
    }
    return Send({.type = Http2Frame::kHeaders,
                 .flags = Http2Frame::kEndHeaders,
                 .stream = stream,
                 .payload = std::move(block)});
  }

  // The one message of a call.
  bool SendMessage(uint32_t stream, const std::string& message) {
    return Send(
        {.type = Http2Frame::kData,
         .flags = Http2Frame::kEndStream,
         .stream = stream,
         .payload = absl::StrCat(std::string(1, '\0'), BigEndian(static_cast<uint32_t>(message.size()), 4), message)});
  }

 private:
  RawConnection connection_;
};

}  // namespace zeus::bso::testing

#endif  // ZEUS_BSO_TESTS_SUPPORT_RAW_HTTP2_H_

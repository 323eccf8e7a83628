// A health listener on a unix socket, and what its tests ask of it.
#ifndef ZEUS_BSO_TESTS_SERVER_HTTP_HEALTH_FIXTURE_H_
#define ZEUS_BSO_TESTS_SERVER_HTTP_HEALTH_FIXTURE_H_

#include <memory>
#include <optional>
#include <string>

#include "absl/strings/str_cat.h"
#include "catch2/catch.hpp"
#include "server/http/health/health_listener.h"
#include "tests/server/http/http_client.h"
#include "tests/support/raw_http2.h"
#include "tests/support/status_matchers.h"
#include "tests/support/temp_dir.h"

namespace zeus::bso::http::health {

// A HealthCheckResponse in gRPC's framing.
inline const std::string kServing("\0\0\0\0\2\x08\1", 7);
inline const std::string kNotServing("\0\0\0\0\2\x08\2", 7);

class HealthFixture {
 public:
  HealthFixture() : listener_(testing::Value(HealthListener::Start({.listen = {"unix:" + (directory_ / "health")}}))) {}

  HealthListener& listener() { return *listener_; }
  const std::string& address() const { return listener_->addresses().front(); }

  // Of the answer to "METHOD TARGET" on a connection of its own.
  int Status(const std::string& request) const {
    testing::HttpClient client(address());
    REQUIRE(client.Send(absl::StrCat(request, " HTTP/1.1\r\nHost: localhost\r\n\r\n")));
    return client.Read().status;
  }

  // The next DATA of this stream; empty: the stream or the connection ends without.
  static std::string ReadData(testing::RawHttp2& client, uint32_t stream) {
    while (const std::optional<testing::Http2Frame> frame = client.Read()) {
      if (frame->stream != stream) continue;
      if (frame->type == testing::Http2Frame::kData) return frame->payload;
      if (frame->ends_stream()) break;
    }
    return "";
  }

 private:
  testing::TempDir directory_;
  std::unique_ptr<HealthListener> listener_;
};

}  // namespace zeus::bso::http::health

#endif  // ZEUS_BSO_TESTS_SERVER_HTTP_HEALTH_FIXTURE_H_

// The health listener's HTTP/2, which is nghttp2's: grpc.health.v1 and the probes of HTTP.
#ifndef ZEUS_BSO_SERVER_HTTP_HEALTH_HTTP2_SESSION_H_
#define ZEUS_BSO_SERVER_HTTP_HEALTH_HTTP2_SESSION_H_

#include <cstdint>
#include <memory>
#include <string>

#include "absl/container/node_hash_map.h"
#include "absl/strings/string_view.h"
#include "nghttp2/nghttp2.h"
#include "server/http/health/http2_call.h"
#include "server/http/health/item_budget.h"
#include "server/http/health/protocol.h"

namespace zeus::bso::http::health {

// What a client of HTTP/2 sends first.
inline constexpr absl::string_view kHttp2Preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

// A client that exceeds a bound (bounds.h) gets GOAWAY. All memory is bounded: nghttp2 keeps at most kMaxCalls streams
// and a table of 4 KiB, and its answers are written before more is taken.
class Http2Session final : public Protocol {
 public:
  // `is_ready` outlives it.
  explicit Http2Session(const bool& is_ready);

  void Take(absl::string_view bytes) override;
  std::string NextOutput() override;
  bool is_over() const override;
  int64_t num_answers() const override { return num_answers_; }
  bool is_watched() const override;
  void OnReadiness() override;

 private:
  struct Callbacks;  // Those of nghttp2.
  struct Deleter {
    void operator()(nghttp2_session* session) const { nghttp2_session_del(session); }
  };

  Http2Call* Find(int32_t stream);
  void AnswerIfPossible(int32_t stream, Http2Call& call);

  const bool& is_ready_;
  ItemBudget budget_;
  bool has_failed_ = false;
  int64_t num_answers_ = 0;
  absl::node_hash_map<int32_t, Http2Call> calls_;  // By stream. nghttp2 points to those that have a body to send.
  std::unique_ptr<nghttp2_session, Deleter> session_;
};

}  // namespace zeus::bso::http::health

#endif  // ZEUS_BSO_SERVER_HTTP_HEALTH_HTTP2_SESSION_H_

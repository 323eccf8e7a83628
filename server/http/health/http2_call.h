// One request over HTTP/2 and its answer: a gRPC call of the health service, or one of the probes of HTTP.
#ifndef ZEUS_BSO_SERVER_HTTP_HEALTH_HTTP2_CALL_H_
#define ZEUS_BSO_SERVER_HTTP_HEALTH_HTTP2_CALL_H_

#include <cstddef>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace zeus::bso::http::health {

using HeaderList = std::vector<std::pair<std::string, std::string>>;  // Names in lower case.

class Http2Call {
 public:
  // `is_ready` outlives it.
  explicit Http2Call(const bool& is_ready) : is_ready_(is_ready) {}

  // False: the head is longer than kMaxHeadBytes.
  bool AddHeader(absl::string_view name, absl::string_view value);
  void AddData(absl::string_view bytes);
  void EndRequest() { has_ended_ = true; }
  bool has_ended() const { return has_ended_; }

  // Whether enough of the request is there, and it is not answered yet.
  bool CanAnswer() const;

  struct Answer {
    HeaderList head;
    bool has_body = false;
  };
  // Once, when it can.
  Answer Begin();

  // Of an answer with a body. Copies the next bytes; 0: there are none for now.
  size_t ReadBody(char* to, size_t max_bytes);
  bool is_whole() const { return is_whole_ && body_.empty(); }
  // What follows the whole body; empty: nothing.
  const HeaderList& trailers() const { return trailers_; }

  // Its body goes on for as long as the other end wants to know of changes.
  bool is_watch() const { return is_answered_ && !is_whole_; }

 private:
  bool IsGrpc() const;
  bool IsHealthCall() const;
  bool IsTooLong() const;
  absl::StatusOr<std::string> Service() const;
  Answer BeginGrpc();
  Answer BeginCheck(const std::string& service);
  Answer BeginWatch(std::string service);
  Answer BeginProbe();

  const bool& is_ready_;

  // Of the request.
  std::string method_;
  std::string path_;
  std::string content_type_;
  size_t num_head_bytes_ = 0;
  std::string message_;
  bool has_ended_ = false;

  // Of the answer.
  bool is_answered_ = false;
  std::string body_;  // What is still to be sent of it.
  bool is_whole_ = true;
  HeaderList trailers_;

  // Of a Watch.
  std::string service_;
  std::optional<std::optional<bool>> shown_;  // What was sent last, in the terms of net::IsServing.
};

}  // namespace zeus::bso::http::health

#endif  // ZEUS_BSO_SERVER_HTTP_HEALTH_HTTP2_CALL_H_

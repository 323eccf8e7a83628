// Who sends an HTTP request.
#ifndef ZEUS_BSO_SERVER_HTTP_EXCHANGE_HTTP_CALLER_H_
#define ZEUS_BSO_SERVER_HTTP_EXCHANGE_HTTP_CALLER_H_

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "server/api/access/caller.h"
#include "server/http/exchange/message.h"

namespace zeus::bso::http {

// A token may come as the password of Basic, too, whatever the name.
class HttpCaller final : public api::Caller {
 public:
  // The caller waits until `deadline`. `request` outlives it.
  HttpCaller(const Request& request, std::chrono::system_clock::time_point deadline);

  api::Transport transport() const override { return api::Transport::kHttp; }
  std::chrono::steady_clock::time_point arrival() const override { return request_.arrival; }
  api::TraceReader trace() const override;
  std::chrono::system_clock::time_point deadline() const override { return deadline_; }
  std::vector<absl::string_view> authorization() const override;
  std::optional<std::vector<absl::string_view>> certificate_names() const override;

 private:
  const Request& request_;
  const std::chrono::system_clock::time_point deadline_;
  std::vector<std::string> authorization_;
};

}  // namespace zeus::bso::http

#endif  // ZEUS_BSO_SERVER_HTTP_EXCHANGE_HTTP_CALLER_H_

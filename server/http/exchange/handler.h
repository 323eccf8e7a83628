// What answers requests, for the listener, which knows nothing of what they mean.
#ifndef ZEUS_BSO_SERVER_HTTP_EXCHANGE_HANDLER_H_
#define ZEUS_BSO_SERVER_HTTP_EXCHANGE_HANDLER_H_

#include <memory>
#include <optional>

#include "absl/strings/string_view.h"
#include "server/http/exchange/message.h"

namespace zeus::bso::http {

// Thread-safe. Never blocks.
class Handler {
 public:
  virtual ~Handler() = default;

  // Looks at a request whose body is not there yet. A response: the request is not to be taken, and this says why.
  virtual std::optional<Response> Refuse(const Request& head) const = 0;

  // Whether its body is to be taken part by part (BeginUpload); else it is read whole (Handle).
  virtual bool TakesUpload(const Request& head) const = 0;
  virtual std::unique_ptr<Upload> BeginUpload(const Request& head, Respond respond) = 0;

  virtual void Handle(Request request, Respond respond) = 0;

  // A response with this status leaves, whoever made it. `path` is that of its request; empty: there was no request
  // that could be read.
  virtual void OnResponse(absl::string_view /*path*/, int /*status*/) {}
};

}  // namespace zeus::bso::http

#endif  // ZEUS_BSO_SERVER_HTTP_EXCHANGE_HANDLER_H_

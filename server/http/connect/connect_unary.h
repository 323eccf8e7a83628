// The unary methods of the API over HTTP, with the Connect protocol (connectrpc.com/docs/protocol): as POST, and those
// without side effects also as GET.
#ifndef ZEUS_BSO_SERVER_HTTP_CONNECT_CONNECT_UNARY_H_
#define ZEUS_BSO_SERVER_HTTP_CONNECT_CONNECT_UNARY_H_

#include "absl/strings/string_view.h"
#include "server/api/backend.h"
#include "server/http/exchange/message.h"
#include "server/http/exchange/workers.h"

namespace zeus::bso::http {

// Thread-safe. Never blocks.
class ConnectUnary {
 public:
  // Both outlive it; `backend` also outlives the work that it gives to `workers`.
  ConnectUnary(const api::Backend& backend, Workers& workers) : backend_(backend), workers_(workers) {}

  static bool Serves(absl::string_view path);

  // Parses the request here, and prints the response on a worker.
  void Handle(const Request& request, Respond respond);

 private:
  const api::Backend& backend_;
  Workers& workers_;
};

}  // namespace zeus::bso::http

#endif  // ZEUS_BSO_SERVER_HTTP_CONNECT_CONNECT_UNARY_H_

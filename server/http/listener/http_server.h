// Listens for HTTP/1.1, in plaintext, over TLS and on unix sockets.
#ifndef ZEUS_BSO_SERVER_HTTP_LISTENER_HTTP_SERVER_H_
#define ZEUS_BSO_SERVER_HTTP_LISTENER_HTTP_SERVER_H_

#include <sys/types.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "server/http/exchange/handler.h"
#include "server/net/tls_files.h"

namespace zeus::bso::http {

struct HttpServerOptions {
  std::vector<std::string> listen = {};             // As in net/listen_address.h.
  std::optional<net::TlsFiles> tls = std::nullopt;  // Needed for addresses over TLS; read again when they change.
  mode_t socket_mode = 0600;                        // Of unix sockets; they are never more open than that.
};

// One thread reads and writes all sockets. Thread-safe.
class HttpServer {
 public:
  // Gives requests to `handler`, which outlives the server, from now on. UNAVAILABLE: an address cannot be listened on.
  // INVALID_ARGUMENT: it is none, or the files of TLS cannot be used, or are missing.
  static absl::StatusOr<std::unique_ptr<HttpServer>> Start(const HttpServerOptions& options, Handler& handler);

  // Closes all connections. No response may come any more.
  ~HttpServer();

  // In the order of the options, with the ports that were given.
  const std::vector<std::string>& addresses() const;

  // Takes no more connections and requests, and returns when those in progress have their responses, or after
  // `patience`, when all connections are closed.
  void Shutdown(absl::Duration patience);

 private:
  // Keeps Boost out of this header: it takes seconds to compile.
  class Impl;

  explicit HttpServer(std::unique_ptr<Impl> impl);

  const std::unique_ptr<Impl> impl_;
};

}  // namespace zeus::bso::http

#endif  // ZEUS_BSO_SERVER_HTTP_LISTENER_HTTP_SERVER_H_

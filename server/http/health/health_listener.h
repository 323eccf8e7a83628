// Answers health checks and nothing else, on addresses and a thread of its own: HTTP/1.1 (/healthz, /readyz) and
// grpc.health.v1 on one port. gRPC serves all servers of a process with the same threads, so load on one starves the
// others; this thread is not gRPC's.
#ifndef ZEUS_BSO_SERVER_HTTP_HEALTH_HEALTH_LISTENER_H_
#define ZEUS_BSO_SERVER_HTTP_HEALTH_HEALTH_LISTENER_H_

#include <sys/types.h>

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"

namespace zeus::bso::http::health {

struct HealthListenerOptions {
  std::vector<std::string> listen = {};  // As in net/listen_address.h, in plaintext.
  mode_t socket_mode = 0600;             // Of unix sockets; they are never more open than that.
};

// Thread-safe. Keeps to the bounds in bounds.h whatever is sent to it.
class HealthListener {
 public:
  // Answers from now on: that the process is alive and not ready. UNAVAILABLE: an address cannot be listened on.
  // INVALID_ARGUMENT: it is none.
  static absl::StatusOr<std::unique_ptr<HealthListener>> Start(const HealthListenerOptions& options);

  // Shuts down, unless that was done.
  ~HealthListener();

  // In the order of the options, with the ports that were given.
  const std::vector<std::string>& addresses() const;

  // What health checks that arrive from now on say, and watchers are sent.
  void ShowReady(bool is_ready);

  // Closes all connections. Idempotent; not at the same time as other calls.
  void Shutdown();

 private:
  // Keeps Boost out of this header: it takes seconds to compile.
  class Impl;

  explicit HealthListener(std::unique_ptr<Impl> impl);

  const std::unique_ptr<Impl> impl_;
};

}  // namespace zeus::bso::http::health

#endif  // ZEUS_BSO_SERVER_HTTP_HEALTH_HEALTH_LISTENER_H_

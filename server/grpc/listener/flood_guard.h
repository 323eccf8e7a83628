// Ends connections that only cost: a peer may begin so many calls a second that no handler answers, or that
// are refused since it has no role.
//
// gRPC 1.51 has no bound for them. A call that is reset, or is of an unknown method, takes up to 17 KiB for a while,
// and a connection can begin tens of thousands a second; so can the headers of one call take gigabytes, if they never
// end. A call that is answered costs more time than memory, and is not counted.
#ifndef ZEUS_BSO_SERVER_GRPC_LISTENER_FLOOD_GUARD_H_
#define ZEUS_BSO_SERVER_GRPC_LISTENER_FLOOD_GUARD_H_

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "server/grpc/listener/accepted_sockets.h"
#include "server/grpc/listener/call_counters.h"
#include "server/net/peer_budgets.h"

namespace zeus::bso::rpc {

// Looks at all TCP connections of the process now and then, on a thread of its own, and ends those of a peer that is
// over its budget; for a while it cannot connect again. A peer is an IPv4 address, or the /64 of an IPv6 address;
// whoever connects to a unix socket is none. Thread-safe.
class FloodGuard {
 public:
  // While the process takes more than `max_memory_bytes` (resident; 0: any), the peer that sends most is treated so,
  // too. If that does not help for five seconds, calls `end_process`, once.
  FloodGuard(int64_t max_memory_bytes, std::function<void()> end_process);
  ~FloodGuard();

  FloodGuard(const FloodGuard&) = delete;
  FloodGuard& operator=(const FloodGuard&) = delete;

 private:
  using Traffic = AcceptedSockets::Traffic;

  void Run() ABSL_LOCKS_EXCLUDED(mutex_);
  void Look();
  using AllTraffic = std::map<std::string, std::vector<Traffic>>;
  void EndThoseOverBudget(const AllTraffic& traffic);
  void KeepMemory(const AllTraffic& traffic);
  // Why a peer is to be banned; empty: it is not.
  std::string FindFault(const std::string& network, std::vector<Traffic> sockets, int64_t num_refused);
  // What has happened on several connections, and on `stands_for` as many.
  struct Sum {
    double unanswered = 0;
    double wasted_bytes = 0;
  };
  Sum LookAt(std::span<const Traffic> sockets, double stands_for);

  const int64_t max_memory_bytes_;
  std::function<void()> end_process_;  // Null once it was called.
  std::optional<absl::Time> over_memory_since_;
  CallCounters counters_;
  net::PeerBudgets unanswered_budgets_;
  net::PeerBudgets wasted_budgets_;
  absl::Mutex mutex_;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread thread_;  // Last: it uses all of the above.
};

}  // namespace zeus::bso::rpc

#endif  // ZEUS_BSO_SERVER_GRPC_LISTENER_FLOOD_GUARD_H_

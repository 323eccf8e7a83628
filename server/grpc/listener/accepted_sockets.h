// The TCP connections that were accepted, by their descriptors, and peers that may not connect for a while.
//
// gRPC tells nobody of its connections; our accept4 (connection_limit.h) sees them begin. Their ends are noticed when
// they are looked at.
#ifndef ZEUS_BSO_SERVER_GRPC_LISTENER_ACCEPTED_SOCKETS_H_
#define ZEUS_BSO_SERVER_GRPC_LISTENER_ACCEPTED_SOCKETS_H_

#include <sys/socket.h>

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"

namespace zeus::bso::rpc {

// The other end of a TCP connection.
struct SocketPeer {
  std::string network;  // An IPv4 address, or the /64 of an IPv6 address: those who share a budget.
  std::string name;     // Of the connection: the address, a space, and the port.

  bool operator==(const SocketPeer&) const = default;
};

// Of an address, and of one as gRPC writes it ("ipv4:127.0.0.1:1234"). Empty: it is not one of TCP.
SocketPeer PeerOf(const sockaddr* address);
SocketPeer PeerOfUri(absl::string_view uri);

// Thread-safe.
class AcceptedSockets {
 public:
  // Those of the process: accept4 is a function of C.
  static AcceptedSockets& Instance();

  // Takes a connection that was accepted. False: its peer may not connect now, and it is to be closed.
  bool Add(int descriptor) ABSL_LOCKS_EXCLUDED(mutex_);

  // A connection, and the bytes that have come over it since the last look.
  struct Traffic {
    int descriptor;
    std::string name;
    uint64_t bytes;
    bool is_new;  // They are all that have ever come.
  };

  // The connections of each network over which anything has come since the last look. Forgets those that have ended.
  std::map<std::string, std::vector<Traffic>> Look() ABSL_LOCKS_EXCLUDED(mutex_);

  // Notes that a call was refused, as its caller has no role.
  void NoteRefusal(const std::string& network) ABSL_LOCKS_EXCLUDED(mutex_);
  // How many calls were, by network, since the last time.
  absl::flat_hash_map<std::string, int64_t> TakeRefusals() ABSL_LOCKS_EXCLUDED(mutex_);

  // Ends all connections of a network, and refuses new ones until `until`.
  void Ban(const std::string& network, absl::Time until) ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  struct Accepted {
    SocketPeer peer;
    uint64_t bytes = 0;  // That had come at the last look.
  };

  absl::Mutex mutex_;
  absl::flat_hash_map<int, Accepted> sockets_ ABSL_GUARDED_BY(mutex_);
  absl::flat_hash_map<std::string, absl::Time> bans_ ABSL_GUARDED_BY(mutex_);
  absl::flat_hash_map<std::string, int64_t> refusals_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace zeus::bso::rpc

#endif  // ZEUS_BSO_SERVER_GRPC_LISTENER_ACCEPTED_SOCKETS_H_

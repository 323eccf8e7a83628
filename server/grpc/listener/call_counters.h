// How many calls each connection has begun, and what became of them, as gRPC counts it (channelz).
#ifndef ZEUS_BSO_SERVER_GRPC_LISTENER_CALL_COUNTERS_H_
#define ZEUS_BSO_SERVER_GRPC_LISTENER_CALL_COUNTERS_H_

#include <cstdint>
#include <string>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/string_view.h"

namespace zeus::bso::rpc {

// Of one connection.
struct CallCounts {
  int64_t begun = 0;
  int64_t failed = 0;    // That ended without an answer: the other end has reset them, or has gone.
  int64_t messages = 0;  // That a handler was given.
};

struct NewCalls {
  // Calls that a handler never heard of (those of an unknown method, and those that were reset before they were whole),
  // or that their caller has reset. A call that is being read counts once, however often it is seen.
  int64_t unanswered = 0;
  // Bytes received while no call began and no message was completed. Negative: bytes that were counted as wasted
  // before belonged to a message that is now complete.
  int64_t wasted_bytes = 0;
};

// Not thread-safe.
class CallCounters {
 public:
  // What has happened on a connection (SocketPeer::name) since it was looked at before; if it `is_new`, since it began.
  // `bytes` have come over it meanwhile. Nothing, if it is neither new nor was looked at before. If gRPC does not know
  // it, all its bytes are wasted.
  NewCalls Look(const std::string& name, bool is_new, uint64_t bytes);

  // To be called before connections that are new since the last time are asked for.
  void FindConnections();

 private:
  struct Connection {
    int64_t id = 0;  // Of channelz.
    bool is_known = false;
    CallCounts counts;
    int64_t most_unread = 0;   // Calls that had begun, beyond the messages that had come, at any time.
    int64_t wasted_bytes = 0;  // That have come since a call has begun, or a message was whole.
  };

  void FindConnectionsOf(int64_t server_id);

  absl::flat_hash_map<std::string, Connection> connections_;
  absl::flat_hash_map<int64_t, int64_t> next_ids_;  // By server: its connections before were found.
};

}  // namespace zeus::bso::rpc

#endif  // ZEUS_BSO_SERVER_GRPC_LISTENER_CALL_COUNTERS_H_

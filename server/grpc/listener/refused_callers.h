// Calls of those who have no role count as unanswered (flood_guard.h).
#ifndef ZEUS_BSO_SERVER_GRPC_LISTENER_REFUSED_CALLERS_H_
#define ZEUS_BSO_SERVER_GRPC_LISTENER_REFUSED_CALLERS_H_

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "grpcpp/server_context.h"
#include "server/grpc/listener/accepted_sockets.h"

namespace zeus::bso::rpc {

// Notes the peer of a call that ends so, if it has no role.
inline void NoteIfRefused(const grpc::ServerContextBase& context, const absl::Status& status) {
  if (status.code() != absl::StatusCode::kUnauthenticated) return;
  const SocketPeer peer = PeerOfUri(context.peer());
  if (!peer.network.empty()) AcceptedSockets::Instance().NoteRefusal(peer.network);
}

// The same for a stream that is about to begin; returns `admitted`.
template <typename Permissions>
absl::StatusOr<Permissions> NoteIfRefused(const grpc::ServerContextBase& context,
                                          absl::StatusOr<Permissions> admitted) {
  NoteIfRefused(context, admitted.status());
  return admitted;
}

}  // namespace zeus::bso::rpc

#endif  // ZEUS_BSO_SERVER_GRPC_LISTENER_REFUSED_CALLERS_H_

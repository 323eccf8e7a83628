// The credentials of gRPC servers that serve over TLS.
#ifndef ZEUS_BSO_SERVER_GRPC_LISTENER_TLS_H_
#define ZEUS_BSO_SERVER_GRPC_LISTENER_TLS_H_

#include <memory>

#include "absl/status/statusor.h"
#include "server/net/tls_files.h"

namespace grpc {
class ServerCredentials;
}  // namespace grpc

namespace zeus::bso::rpc {

// Credentials of what the files hold, now and later: within ten seconds of a change, new connections use what is there
// then, and those that are open stay. While certificate and key do not fit together, new connections are refused: so
// both are best replaced at once, by switching a symbolic link to their directory.
//
// INVALID_ARGUMENT: a file cannot be read, or holds no such thing, or the key is encrypted or of another certificate.
absl::StatusOr<std::shared_ptr<grpc::ServerCredentials>> MakeTlsCredentials(const net::TlsFiles& files);

}  // namespace zeus::bso::rpc

#endif  // ZEUS_BSO_SERVER_GRPC_LISTENER_TLS_H_

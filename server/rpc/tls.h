// TLS for addresses that others than this machine reach: certificate and key from files, which may be replaced while
// the server runs.
#ifndef ZEUS_BSO_SERVER_RPC_TLS_H_
#define ZEUS_BSO_SERVER_RPC_TLS_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"

namespace grpc {
class ServerCredentials;
}  // namespace grpc

namespace zeus::bso::rpc {

// Paths of PEM files.
struct TlsFiles {
  std::string certificate_chain;  // The server's certificate first, then those that lead to its root.
  std::string private_key;        // Of that certificate; not encrypted.
  std::string client_ca = {};     // Roots of the certificates that clients must show; empty: they need none.
};

// Credentials of what the files hold, now and later: within ten seconds of a change, new connections use what is there
// then, and those that are open stay. While certificate and key do not fit together, new connections are refused: so
// both are best replaced at once, by switching a symbolic link to their directory.
//
// INVALID_ARGUMENT: a file cannot be read, or holds no such thing, or the key is encrypted or of another certificate.
absl::StatusOr<std::shared_ptr<grpc::ServerCredentials>> MakeTlsCredentials(const TlsFiles& files);

}  // namespace zeus::bso::rpc

#endif  // ZEUS_BSO_SERVER_RPC_TLS_H_

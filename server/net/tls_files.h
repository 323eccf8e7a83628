// What TLS needs, in files that may be replaced while the server runs.
#ifndef ZEUS_BSO_SERVER_NET_TLS_FILES_H_
#define ZEUS_BSO_SERVER_NET_TLS_FILES_H_

#include <string>

#include "absl/status/status.h"

namespace zeus::bso::net {

// Paths of PEM files.
struct TlsFiles {
  std::string certificate_chain;  // The server's certificate first, then those that lead to its root.
  std::string private_key;        // Of that certificate; not encrypted.
  std::string client_ca = {};     // Roots of the certificates that clients must show; empty: they need none.
};

// INVALID_ARGUMENT: a file cannot be read, or holds no such thing, or the key is encrypted or of another certificate.
absl::Status CheckTlsFiles(const TlsFiles& files);

}  // namespace zeus::bso::net

#endif  // ZEUS_BSO_SERVER_NET_TLS_FILES_H_

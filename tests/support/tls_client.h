// Connections over TLS, for tests.
#ifndef ZEUS_BSO_TESTS_SUPPORT_TLS_CLIENT_H_
#define ZEUS_BSO_TESTS_SUPPORT_TLS_CLIENT_H_

#include <memory>
#include <string>

#include "tests/support/certificates.h"

namespace grpc {
class Channel;
}  // namespace grpc

namespace zeus::bso::testing {

// What a client shows and trusts.
struct ClientSide {
  const CertificateAuthority* root = nullptr;
  const CertificateAuthority* issuer = nullptr;  // Of the client's certificate.
  std::string certificate = "";                  // Its name; empty: none.
  std::string server_name = "localhost";
};

// A connection of its own to "tls:host:port".
std::shared_ptr<grpc::Channel> ConnectOverTls(const std::string& address, const ClientSide& side);

}  // namespace zeus::bso::testing

#endif  // ZEUS_BSO_TESTS_SUPPORT_TLS_CLIENT_H_

// Connections over TLS, for tests.
#ifndef ZEUS_BSO_TESTS_SUPPORT_TLS_CLIENT_H_
#define ZEUS_BSO_TESTS_SUPPORT_TLS_CLIENT_H_

#include <memory>
#include <string>

#include "absl/strings/strip.h"
#include "grpcpp/channel.h"
#include "grpcpp/create_channel.h"
#include "grpcpp/security/credentials.h"
#include "grpcpp/support/channel_arguments.h"
#include "tests/support/certificates.h"

namespace zeus::bso::testing {

// What a client shows and trusts.
struct ClientSide {
  const CertificateAuthority* root = nullptr;
  const CertificateAuthority* issuer = nullptr;  // Of the client's certificate.
  std::string certificate = "";                  // Its name; empty: none.
  std::string server_name = "localhost";
};

// A connection of its own to "tls:host:port".
inline std::shared_ptr<grpc::Channel> ConnectOverTls(const std::string& address, const ClientSide& side) {
  grpc::SslCredentialsOptions options;
  options.pem_root_certs = CertificateAuthority::Contents(side.root->Certificate("ca"));
  if (!side.certificate.empty()) {
    options.pem_cert_chain = CertificateAuthority::Contents(side.issuer->Certificate(side.certificate));
    options.pem_private_key = CertificateAuthority::Contents(side.issuer->Key(side.certificate));
  }
  grpc::ChannelArguments arguments;
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  arguments.SetSslTargetNameOverride(side.server_name);
  return grpc::CreateCustomChannel(std::string(absl::StripPrefix(address, "tls:")), grpc::SslCredentials(options),
                                   arguments);
}

}  // namespace zeus::bso::testing

#endif  // ZEUS_BSO_TESTS_SUPPORT_TLS_CLIENT_H_

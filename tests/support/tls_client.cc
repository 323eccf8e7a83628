#include "tests/support/tls_client.h"

#include "absl/strings/strip.h"
#include "grpcpp/channel.h"
#include "grpcpp/create_channel.h"
#include "grpcpp/security/credentials.h"
#include "grpcpp/support/channel_arguments.h"

namespace zeus::bso::testing {

std::shared_ptr<grpc::Channel> ConnectOverTls(const std::string& address, const ClientSide& side) {
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

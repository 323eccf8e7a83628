// Channels to a server.
#ifndef ZEUS_BSO_CLIENT_CPP_SRC_CHANNEL_H_
#define ZEUS_BSO_CLIENT_CPP_SRC_CHANNEL_H_

#include <memory>

#include "absl/status/statusor.h"
#include "grpcpp/channel.h"
#include "zeus/bso/client_options.h"

namespace zeus::bso::client_internal {

// Connects to nothing yet. Errors are those of Client::Create about the target and TLS.
absl::StatusOr<std::shared_ptr<grpc::Channel>> OpenChannel(const ClientOptions& options);

}  // namespace zeus::bso::client_internal

#endif  // ZEUS_BSO_CLIENT_CPP_SRC_CHANNEL_H_

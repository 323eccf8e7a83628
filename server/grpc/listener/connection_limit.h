// Keeps the server listening, and the store able to open files, however many connect.
//
// gRPC 1.51 never listens on an address again when accepting a connection has failed once, as it does when the process
// is out of descriptors. It has no bound on connections, and no hook before they are accepted. So this file defines
// accept4, which gRPC calls, in place of the C library's. Which descriptors connections get: net/descriptor_limit.h.
#ifndef ZEUS_BSO_SERVER_GRPC_LISTENER_CONNECTION_LIMIT_H_
#define ZEUS_BSO_SERVER_GRPC_LISTENER_CONNECTION_LIMIT_H_

namespace zeus::bso::rpc {

// Raises the process's limit of descriptors as far as it may, and links this file in. To be called before anything
// listens.
void RaiseConnectionLimit();

}  // namespace zeus::bso::rpc

#endif  // ZEUS_BSO_SERVER_GRPC_LISTENER_CONNECTION_LIMIT_H_

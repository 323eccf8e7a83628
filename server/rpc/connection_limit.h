// Keeps the server listening, and the store able to open files, however many connect.
//
// gRPC 1.51 never listens on an address again when accepting a connection has failed once, as it does when the process
// is out of descriptors. It has no bound on connections, and no hook before they are accepted. So this file defines
// accept4, which gRPC calls, in place of the C library's.
#ifndef ZEUS_BSO_SERVER_RPC_CONNECTION_LIMIT_H_
#define ZEUS_BSO_SERVER_RPC_CONNECTION_LIMIT_H_

#include <sys/resource.h>

namespace zeus::bso::rpc {

// Connections get descriptors below this number; one that would get it or a greater one is closed at once. The system
// gives the lowest that is free, so what is above, a quarter and at most 1,024, stays for files. `max_descriptors` is
// that of the process (RLIMIT_NOFILE). Whatever that is, the end is at most kMaxConnectionDescriptors (bounds.h).
int ConnectionDescriptorsEnd(rlim_t max_descriptors);

// Raises the process's limit of descriptors as far as it may, and links this file in. To be called before anything
// listens.
void RaiseConnectionLimit();

}  // namespace zeus::bso::rpc

#endif  // ZEUS_BSO_SERVER_RPC_CONNECTION_LIMIT_H_

// Which descriptors connections may have, so that the store can open files however many connect.
#ifndef ZEUS_BSO_SERVER_NET_DESCRIPTOR_LIMIT_H_
#define ZEUS_BSO_SERVER_NET_DESCRIPTOR_LIMIT_H_

#include <sys/resource.h>

namespace zeus::bso::net {

// Connections and the files opened before them. An idle connection takes about 25 KiB.
inline constexpr int kMaxConnectionDescriptors = 16'384;

// Connections get descriptors below this number; one that would get it or a greater one is to be closed at once. The
// system gives the lowest that is free, so what is above, a quarter and at most 1,024, stays for files.
// `max_descriptors` is that of the process (RLIMIT_NOFILE). Whatever that is, the end is at most
// kMaxConnectionDescriptors.
int ConnectionDescriptorsEnd(rlim_t max_descriptors);

// The same for this process, now.
int ConnectionDescriptorsEnd();

}  // namespace zeus::bso::net

#endif  // ZEUS_BSO_SERVER_NET_DESCRIPTOR_LIMIT_H_

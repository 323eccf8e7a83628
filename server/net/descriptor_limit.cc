#include "server/net/descriptor_limit.h"

#include <algorithm>

namespace zeus::bso::net {

int ConnectionDescriptorsEnd(rlim_t max_descriptors) {
  const rlim_t kept = std::min<rlim_t>(max_descriptors / 4, 1024);
  return static_cast<int>(std::min<rlim_t>(max_descriptors - kept, kMaxConnectionDescriptors));
}

int ConnectionDescriptorsEnd() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return kMaxConnectionDescriptors;
  return ConnectionDescriptorsEnd(limit.rlim_cur);
}

}  // namespace zeus::bso::net

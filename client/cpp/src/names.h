// Names of requests and of callers, that nobody else has.
#ifndef ZEUS_BSO_CLIENT_CPP_SRC_NAMES_H_
#define ZEUS_BSO_CLIENT_CPP_SRC_NAMES_H_

#include <string>

namespace zeus::bso::client_internal {

// A random UUID, in its usual form. From the system's entropy: the state of a generator would be shared with forked
// children, and with it the names of their requests.
std::string NewRequestId();

// Host, process and a random part.
std::string NewClientId();

}  // namespace zeus::bso::client_internal

#endif  // ZEUS_BSO_CLIENT_CPP_SRC_NAMES_H_

// Addresses of servers, as people write them.
#ifndef ZEUS_BSO_CLIENT_CPP_SRC_ADDRESS_H_
#define ZEUS_BSO_CLIENT_CPP_SRC_ADDRESS_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace zeus::bso::client_internal {

struct Address {
  std::string target;  // For gRPC.
  bool is_https = false;

  // Whether it is surely one of this machine.
  bool IsLocal() const;
};

// Takes host:port, http:// and https:// with host or host:port (port 50051 without one), and targets of gRPC such as
// unix:/path. One slash at the end is ignored. Anything else is an INVALID_ARGUMENT error that names it.
absl::StatusOr<Address> ParseAddress(absl::string_view text);

}  // namespace zeus::bso::client_internal

#endif  // ZEUS_BSO_CLIENT_CPP_SRC_ADDRESS_H_

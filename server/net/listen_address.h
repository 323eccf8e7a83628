// The addresses that a server listens on, as people write them: "host:port" (port 0: any free one), the same over TLS
// as "tls:host:port", or "unix:/path"; and whatever else gRPC takes.
#ifndef ZEUS_BSO_SERVER_NET_LISTEN_ADDRESS_H_
#define ZEUS_BSO_SERVER_NET_LISTEN_ADDRESS_H_

#include "absl/strings/string_view.h"

namespace zeus::bso::net {

inline constexpr absl::string_view kTlsPrefix = "tls:";
inline constexpr absl::string_view kUnixPrefix = "unix:";

bool IsOverTls(absl::string_view address);
bool IsUnixSocket(absl::string_view address);

// The address without the names of schemes that gRPC takes before a host: "dns:", "ipv4:" and "ipv6:".
absl::string_view WithoutScheme(absl::string_view address);

// False: it names a port, by a number that is none. Names of services are for the resolver to know.
bool HasPossiblePort(absl::string_view address);

// Whether somebody whom neither the kernel nor the file system keeps away can connect: it is not a unix socket with a
// path, nor an address of this machine's loopback interface. Over TLS or not.
bool IsBeyondThisMachine(absl::string_view address);

}  // namespace zeus::bso::net

#endif  // ZEUS_BSO_SERVER_NET_LISTEN_ADDRESS_H_

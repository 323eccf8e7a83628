// Sockets that listen.
#ifndef ZEUS_BSO_SERVER_HTTP_LISTENER_LISTENING_H_
#define ZEUS_BSO_SERVER_HTTP_LISTENER_LISTENING_H_

#include <sys/types.h>

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "boost/asio/basic_socket_acceptor.hpp"
#include "boost/asio/generic/stream_protocol.hpp"
#include "boost/asio/io_context.hpp"

namespace zeus::bso::http {

using Acceptor = boost::asio::basic_socket_acceptor<boost::asio::generic::stream_protocol>;

struct Listening {
  std::vector<Acceptor> acceptors;  // One for each address that a name stands for.
  std::string address;              // With the port that was given.
};

// Listens on an address (net/listen_address.h). UNAVAILABLE: that cannot be done. INVALID_ARGUMENT: it is none.
absl::StatusOr<Listening> ListenOn(boost::asio::io_context& io, const std::string& address, mode_t socket_mode);

}  // namespace zeus::bso::http

#endif  // ZEUS_BSO_SERVER_HTTP_LISTENER_LISTENING_H_

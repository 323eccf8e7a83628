// An HTTP/1.1 connection: requests one after the other, each with a response.
#ifndef ZEUS_BSO_SERVER_HTTP_LISTENER_CONNECTION_H_
#define ZEUS_BSO_SERVER_HTTP_LISTENER_CONNECTION_H_

#include <memory>
#include <string>

#include "boost/asio/generic/stream_protocol.hpp"
#include "boost/asio/ssl/context.hpp"

namespace zeus::bso::http {

class ConnectionHost;

// Lives for as long as it reads, writes, or waits for a response. All but the destructor on the thread of its socket.
class Connection {
 public:
  virtual ~Connection() = default;
  virtual void Start() = 0;
  // Closes it at once, whatever is in progress.
  virtual void Close() = 0;
};

using Socket = boost::asio::generic::stream_protocol::socket;

// What is known of the other end before it has said anything.
struct PeerAddress {
  bool is_unix_socket = false;
  std::string budget;  // Those with the same share their budget (bounds.h).
};

// `host` outlives the connection.
std::shared_ptr<Connection> MakePlainConnection(ConnectionHost& host, Socket socket, PeerAddress peer);
std::shared_ptr<Connection> MakeTlsConnection(ConnectionHost& host, Socket socket, PeerAddress peer,
                                              boost::asio::ssl::context& tls);

}  // namespace zeus::bso::http

#endif  // ZEUS_BSO_SERVER_HTTP_LISTENER_CONNECTION_H_

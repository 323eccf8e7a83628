#include <memory>
#include <utility>

#include "server/http/listener/basic_connection.h"

namespace zeus::bso::http {

std::shared_ptr<Connection> MakePlainConnection(ConnectionHost& host, Socket socket, PeerAddress peer) {
  return std::make_shared<BasicConnection<PlainStream>>(host, std::move(peer), PlainStream(std::move(socket)));
}

}  // namespace zeus::bso::http

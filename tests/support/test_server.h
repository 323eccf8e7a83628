// The real server in the process, on a unix socket, with a client of its own.
#ifndef ZEUS_BSO_TESTS_SUPPORT_TEST_SERVER_H_
#define ZEUS_BSO_TESTS_SUPPORT_TEST_SERVER_H_

#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "server/server.h"
#include "tests/support/rpc_client.h"
#include "tests/support/temp_dir.h"
#include "tests/support/test_store.h"

namespace zeus::bso::testing {

// A server over a store of somebody else's, which outlives it.
class ServerOnSocket {
 public:
  // `options` but for the address.
  explicit ServerOnSocket(storage::Store& store, ServerOptions options = {})
      : server_(Start(store, std::move(options))), client_(server_->addresses().front()) {}

  Server& server() { return *server_; }
  RpcClient& client() { return client_; }

 private:
  std::unique_ptr<Server> Start(storage::Store& store, ServerOptions options) {
    options.listen = {"unix:" + (socket_directory_ / "socket")};
    return Value(Server::Start(options, store));
  }

  TempDir socket_directory_;
  std::unique_ptr<Server> server_;
  RpcClient client_;
};

// A server over a store of its own.
class TestServer {
 public:
  explicit TestServer(ServerOptions options = {}, storage::Durability durability = storage::Durability::kSync)
      : options_(std::move(options)), store_(durability) {
    on_socket_.emplace(store_.store(), options_);
  }

  // Ends the server and starts another one over the store.
  void Restart() {
    on_socket_.reset();
    store_.Reopen();
    on_socket_.emplace(store_.store(), options_);
  }

  TestStore& store() { return store_; }
  Server& server() { return on_socket_->server(); }
  RpcClient& client() { return on_socket_->client(); }

 private:
  const ServerOptions options_;
  TestStore store_;
  std::optional<ServerOnSocket> on_socket_;
};

}  // namespace zeus::bso::testing

#endif  // ZEUS_BSO_TESTS_SUPPORT_TEST_SERVER_H_

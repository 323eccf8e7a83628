// The real server in the process, on a unix socket, with a client of its own.
#ifndef ZEUS_BSO_TESTS_SUPPORT_TEST_SERVER_H_
#define ZEUS_BSO_TESTS_SUPPORT_TEST_SERVER_H_

#include <memory>
#include <string>

#include "grpcpp/channel.h"
#include "grpcpp/client_context.h"
#include "grpcpp/create_channel.h"
#include "grpcpp/security/credentials.h"
#include "server/rpc/server.h"
#include "tests/support/rpc_client.h"
#include "tests/support/test_store.h"

namespace zeus::bso::testing {

class TestServer {
 public:
  TestServer() : server_(Value(rpc::Server::Start({.listen = {"unix:" + (socket_directory_ / "socket")}}, store_.store()))),
                 client_(server_->addresses().front()) {}

  TestStore& store() { return store_; }
  rpc::Server& server() { return *server_; }
  RpcClient& client() { return client_; }

 private:
  TempDir socket_directory_;
  TestStore store_;
  std::unique_ptr<rpc::Server> server_;
  RpcClient client_;
};

}  // namespace zeus::bso::testing

#endif  // ZEUS_BSO_TESTS_SUPPORT_TEST_SERVER_H_

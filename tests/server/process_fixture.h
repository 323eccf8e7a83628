// A data directory, servers on it one after the other, and calls on them.
#ifndef ZEUS_BSO_TESTS_SERVER_PROCESS_FIXTURE_H_
#define ZEUS_BSO_TESTS_SERVER_PROCESS_FIXTURE_H_

#include <signal.h>

#include <memory>
#include <string>
#include <vector>

#include "catch2/catch.hpp"
#include "tests/support/rpc_client.h"
#include "tests/support/server_process.h"
#include "tests/support/spec_messages.h"
#include "tests/support/temp_dir.h"

namespace zeus::bso::testing {

// Checks that a text has this part.
inline void CheckContains(const std::string& text, const std::string& part) {
  CHECK_THAT(text, Catch::Matchers::Contains(part));
}

class ProcessFixture {
 public:
  const TempDir& directory() const { return directory_; }
  std::string data_directory() const { return directory_ / "data"; }
  std::string StorageFlag() const { return "--storage=rocksdb:" + data_directory(); }

  // Starts a server on the data directory.
  std::unique_ptr<ServerProcess> Start(std::vector<std::string> flags = {},
                                       const std::vector<std::string>& environment = {}) const {
    flags.push_back(StorageFlag());
    return std::make_unique<ServerProcess>(flags, environment);
  }

  // As above, and waits until it serves.
  std::unique_ptr<ServerProcess> Serve(const std::vector<std::string>& flags = {},
                                       const std::vector<std::string>& environment = {}) const {
    auto server = Start(flags, environment);
    const bool listening = server->WaitUntilListening();
    INFO(server->output());
    REQUIRE(listening);
    return server;
  }

  // Registers a job with the server at `address`: whether it was new.
  static bool Register(const std::string& address, const std::string& job_id = "job") {
    v1::RegisterJobRequest request;
    *request.mutable_spec() = MakeSpecMessage(job_id);
    RpcClient client(address);
    const auto reply = client.Call(RpcClient::Optimizer::RegisterJob, request);
    INFO(reply.status.error_message());
    REQUIRE(reply.ok());
    return reply.response.created();
  }

  // Asks the server to end, and checks that it does so well.
  static void Stop(ServerProcess& server) {
    server.Signal(SIGTERM);
    const int code = server.Wait();
    INFO(server.output());
    REQUIRE(code == 0);
  }

 private:
  TempDir directory_;
};

}  // namespace zeus::bso::testing

#endif  // ZEUS_BSO_TESTS_SERVER_PROCESS_FIXTURE_H_

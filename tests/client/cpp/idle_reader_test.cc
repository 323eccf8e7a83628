// Clients that are idle do not hold up a server that stops.
#include <signal.h>
#include <stdlib.h>

#include "tests/client/cpp/fixture.h"
#include "tests/client/cpp/tcp_proxy.h"

namespace zeus::bso::testing {
namespace {

// Before gRPC is first used: it never looks at an idle connection by itself.
const bool no_backup_polls = setenv("GRPC_CLIENT_CHANNEL_BACKUP_POLL_INTERVAL_MS", "0", 1) == 0;

TEST_CASE_METHOD(ClientFixture, "An idle client answers a server that is about to stop, which would wait for it") {
  REQUIRE(no_backup_polls);
  TcpProxy proxy(address());
  Client client = Connect(proxy.address());
  REQUIRE(client.RegisterJob(ZeusSpec()).ok());
  proxy.CountReactions();
  server().Signal(SIGTERM);
  CHECK(server().Wait() == 0);
  CHECK(proxy.Reactions() > 0);
}

}  // namespace
}  // namespace zeus::bso::testing

// Those who read the log of a server, or do not.
#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <fstream>
#include <string>

#include "absl/strings/str_cat.h"
#include "catch2/catch.hpp"
#include "grpcpp/channel.h"
#include "tests/server/process_fixture.h"
#include "tests/support/tokens.h"

namespace zeus::bso::testing {
namespace {

// A server whose log goes into a pipe, which holds 64 KiB.
class PipedLog {
 public:
  PipedLog() {
    int ends[2];
    REQUIRE(pipe(ends) == 0);
    reader_ = ends[0];
    const std::string listen = "--listen=" + address();
    const std::string storage = "--storage=rocksdb:" + (directory_ / "data");
    pid_ = fork();
    if (pid_ == 0) {
      dup2(ends[1], STDERR_FILENO);
      close(ends[0]);
      close(ends[1]);
      execl(ZEUS_BSO_SERVER_BINARY, ZEUS_BSO_SERVER_BINARY, listen.c_str(), storage.c_str(), "--log_level=debug",
            nullptr);
      _exit(127);
    }
    close(ends[1]);
  }

  ~PipedLog() {
    kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
    CloseReader();
  }

  std::string address() const { return "unix:" + (directory_ / "socket"); }

  void CloseReader() {
    if (reader_ >= 0) close(reader_);
    reader_ = -1;
  }

  // Calls that write a line of the log each; all must be answered.
  void Call(int count) {
    RpcClient client(address());
    REQUIRE(client.channel()->WaitForConnected(std::chrono::system_clock::now() + std::chrono::seconds(60)));
    v1::StartTrialRequest request;
    request.set_job_id("nobody's");
    for (int i = 0; i < count; ++i) {
      REQUIRE(client.Call(RpcClient::Optimizer::StartTrial, request).code() == grpc::NOT_FOUND);
    }
  }

  // Reads so many bytes.
  void Read(size_t num_bytes) {
    std::string text(num_bytes, ' ');
    while (num_bytes > 0) {
      const ssize_t size = read(reader_, text.data(), num_bytes);
      REQUIRE(size > 0);
      num_bytes -= static_cast<size_t>(size);
    }
  }

  // Reads until this was written.
  void ReadUntil(const std::string& part) {
    std::string text;
    char buffer[4096];
    while (text.find(part) == std::string::npos) {
      const ssize_t size = read(reader_, buffer, sizeof(buffer));
      REQUIRE(size > 0);
      text.append(buffer, static_cast<size_t>(size));
    }
  }

  // How it ends when it is asked to.
  int Stop() {
    kill(pid_, SIGTERM);
    int status = 0;
    waitpid(pid_, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
  }

 private:
  TempDir directory_;
  pid_t pid_ = -1;
  int reader_ = -1;
};

TEST_CASE("A log that is closed ends no server") {
  PipedLog server;
  server.Call(1);
  server.CloseReader();
  server.Call(100);
  CHECK(server.Stop() == 0);
}

TEST_CASE("A log that nobody reads stops no call, and says how many lines it has lost") {
  PipedLog server;
  // More than the pipe and the queue of the log hold.
  server.Call(12'000);
  SECTION("until somebody reads it") {
    server.Read(16'384);
    server.Call(1);
    server.ReadUntil("lines of the log were dropped: nobody was reading them");
  }
  CHECK(server.Stop() == 0);
}

TEST_CASE_METHOD(ProcessFixture, "SIGHUP has the roles read again, and ends no server") {
  const std::string roles = directory() / "roles";
  std::ofstream(roles) << TokenGrant("admin", "a");
  const auto server = Serve({"--roles=" + roles});
  for (int i = 0; i < 3; ++i) {
    server->Signal(SIGHUP);
    while (server->output().find("got SIGHUP") == std::string::npos) usleep(1000);
  }
  Stop(*server);
}

}  // namespace
}  // namespace zeus::bso::testing

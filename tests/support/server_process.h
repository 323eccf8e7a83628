// zeus-bso-server as a process of its own, as users run it.
#ifndef ZEUS_BSO_TESTS_SUPPORT_SERVER_PROCESS_H_
#define ZEUS_BSO_TESTS_SUPPORT_SERVER_PROCESS_H_

#include <sys/types.h>

#include <memory>
#include <string>
#include <vector>

#include "tests/support/temp_dir.h"

namespace zeus::bso::testing {

class ServerProcess {
 public:
  // Starts the server with these flags, besides --listen on a unix socket of its own unless flags or environment have
  // one; its output goes to a file. `environment` are further "NAME=value".
  explicit ServerProcess(std::vector<std::string> flags, const std::vector<std::string>& environment = {});

  // Starts another program likewise, with just these arguments.
  static std::unique_ptr<ServerProcess> OfProgram(const std::string& program, std::vector<std::string> arguments);

  // Kills it, if it still runs.
  ~ServerProcess();

  ServerProcess(const ServerProcess&) = delete;
  ServerProcess& operator=(const ServerProcess&) = delete;

  // Waits until it logs that it listens; false when it ended instead.
  bool WaitUntilListening();

  // Before Wait.
  bool HasEnded() const;

  // The unix socket, as gRPC names it.
  std::string address() const { return "unix:" + (directory_ / "socket"); }

  // While it runs.
  pid_t pid() const { return pid_; }

  void Signal(int signal);

  // Waits for its end: the exit code, or minus the signal that ended it.
  int Wait();

  // All that it has written to standard output and standard error.
  std::string output() const;

 private:
  ServerProcess() = default;
  void Launch(const std::string& program, std::vector<std::string> arguments, std::vector<std::string> environment);

  TempDir directory_;
  pid_t pid_ = -1;
};

}  // namespace zeus::bso::testing

#endif  // ZEUS_BSO_TESTS_SUPPORT_SERVER_PROCESS_H_

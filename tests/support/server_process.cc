#include "tests/support/server_process.h"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <thread>
#include <utility>

namespace zeus::bso::testing {
namespace {

std::vector<char*> Pointers(std::vector<std::string>& strings) {
  std::vector<char*> pointers;
  for (std::string& string : strings) pointers.push_back(string.data());
  pointers.push_back(nullptr);
  return pointers;
}

}  // namespace

ServerProcess::ServerProcess(std::vector<std::string> flags, const std::vector<std::string>& environment) {
  const auto any_begins_with = [](const std::vector<std::string>& strings, const std::string& beginning) {
    return std::any_of(strings.begin(), strings.end(),
                       [&](const std::string& string) { return string.starts_with(beginning); });
  };
  if (!any_begins_with(flags, "--listen") && !any_begins_with(environment, "ZEUS_BSO_LISTEN=")) {
    flags.push_back("--listen=" + address());
  }
  Launch(ZEUS_BSO_SERVER_BINARY, std::move(flags), environment);
}

std::unique_ptr<ServerProcess> ServerProcess::OfProgram(const std::string& program,
                                                        std::vector<std::string> arguments) {
  std::unique_ptr<ServerProcess> process(new ServerProcess());
  process->Launch(program, std::move(arguments), {});
  return process;
}

void ServerProcess::Launch(const std::string& program, std::vector<std::string> arguments,
                           std::vector<std::string> environment) {
  arguments.insert(arguments.begin(), program);
  for (char** variable = environ; *variable != nullptr; ++variable) environment.emplace_back(*variable);
  std::vector<char*> argument_pointers = Pointers(arguments);
  std::vector<char*> variable_pointers = Pointers(environment);
  const std::string log = directory_ / "log";
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, log.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
  posix_spawn_file_actions_adddup2(&actions, STDOUT_FILENO, STDERR_FILENO);
  // Not fork, which copies the page tables, of which a sanitizer has many.
  const int error =
      posix_spawn(&pid_, program.c_str(), &actions, nullptr, argument_pointers.data(), variable_pointers.data());
  posix_spawn_file_actions_destroy(&actions);
  if (error != 0) throw std::runtime_error("cannot start " + program);
}

ServerProcess::~ServerProcess() {
  if (pid_ < 0) return;
  Signal(SIGKILL);
  Wait();
}

bool ServerProcess::WaitUntilListening() {
  while (output().find("listening on") == std::string::npos) {
    if (HasEnded()) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  return true;
}

bool ServerProcess::HasEnded() const {
  siginfo_t info{};
  // Leaves an ended process to Wait.
  return waitid(P_PID, static_cast<id_t>(pid_), &info, WEXITED | WNOHANG | WNOWAIT) == 0 && info.si_pid == pid_;
}

void ServerProcess::Signal(int signal) { kill(pid_, signal); }

int ServerProcess::Wait() {
  int status = 0;
  while (waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
  }
  pid_ = -1;
  return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

std::string ServerProcess::output() const {
  std::ostringstream text;
  text << std::ifstream(directory_ / "log").rdbuf();
  return text.str();
}

}  // namespace zeus::bso::testing

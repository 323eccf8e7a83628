#include "server/grpc/listener/connection_limit.h"

#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <chrono>

#include "server/grpc/listener/accepted_sockets.h"
#include "server/net/descriptor_limit.h"
#include "spdlog/spdlog.h"

namespace zeus::bso::rpc {
namespace {

// Whoever connects must not fill the log.
constexpr std::chrono::minutes kLogInterval{1};

void LogFull() {
  static std::atomic<std::chrono::steady_clock::time_point> next{};
  const auto now = std::chrono::steady_clock::now();
  auto due = next.load();
  if (now < due || !next.compare_exchange_strong(due, now + kLogInterval)) return;
  spdlog::warn(
      "new connections are closed: as many are open as the server or its limit of open files (ulimit -n) allows");
}

bool IsOfNoUse(int descriptor) { return descriptor >= net::ConnectionDescriptorsEnd(); }

int Accept(int listener, sockaddr* address, socklen_t* length, int flags) {
  while (true) {
    const auto connection = static_cast<int>(syscall(SYS_accept4, listener, address, length, flags));
    if (connection >= 0) {
      const bool is_of_no_use = IsOfNoUse(connection);
      if (!is_of_no_use && AcceptedSockets::Instance().Add(connection)) return connection;
      close(connection);
      if (is_of_no_use) LogFull();
      continue;
    }
    // To gRPC, that there is nothing to accept now is the only error after which it goes on listening.
    if (errno == EINTR || errno == ECONNABORTED) continue;
    if (errno != EAGAIN && errno != EBADF && errno != EINVAL) {
      LogFull();
      errno = EAGAIN;
    }
    return -1;
  }
}

}  // namespace

void RaiseConnectionLimit() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
}

}  // namespace zeus::bso::rpc

extern "C" int accept4(int listener, sockaddr* address, socklen_t* length, int flags) {
  return zeus::bso::rpc::Accept(listener, address, length, flags);
}

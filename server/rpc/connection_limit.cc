#include "server/rpc/connection_limit.h"

#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <chrono>

#include "server/rpc/bounds.h"
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

bool IsOfNoUse(int descriptor) {
  rlimit limit{};
  return getrlimit(RLIMIT_NOFILE, &limit) == 0 && descriptor >= ConnectionDescriptorsEnd(limit.rlim_cur);
}

int Accept(int listener, sockaddr* address, socklen_t* length, int flags) {
  while (true) {
    const auto connection = static_cast<int>(syscall(SYS_accept4, listener, address, length, flags));
    if (connection >= 0) {
      if (!IsOfNoUse(connection)) return connection;
      close(connection);
      LogFull();
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

int ConnectionDescriptorsEnd(rlim_t max_descriptors) {
  const rlim_t kept = std::min<rlim_t>(max_descriptors / 4, 1024);
  return static_cast<int>(std::min<rlim_t>(max_descriptors - kept, kMaxConnectionDescriptors));
}

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

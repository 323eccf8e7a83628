#include "tests/client/cpp/tcp_proxy.h"

#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cstring>
#include <stdexcept>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"

namespace zeus::bso::testing {
namespace {

int Listen() {
  const int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (bind(listener, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0 || listen(listener, 16) != 0) {
    throw std::runtime_error("cannot listen");
  }
  return listener;
}

// -1: nobody listens.
int ConnectSocket(const std::string& path) {
  const int connected = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  strncpy(address.sun_path, path.c_str(), sizeof(address.sun_path) - 1);
  if (connect(connected, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0) return connected;
  close(connected);
  return -1;
}

// False: the connection has ended.
bool Receive(int source, std::string& data) {
  std::array<char, 65536> buffer{};
  const ssize_t size = recv(source, buffer.data(), buffer.size(), 0);
  if (size <= 0) return false;
  data.assign(buffer.data(), static_cast<size_t>(size));
  return true;
}

bool Send(int sink, absl::string_view data) {
  while (!data.empty()) {
    const ssize_t size = send(sink, data.data(), data.size(), MSG_NOSIGNAL);
    if (size <= 0) return false;
    data.remove_prefix(static_cast<size_t>(size));
  }
  return true;
}

int Count(absl::string_view text, absl::string_view marker) {
  int count = 0;
  for (size_t at = text.find(marker); at != absl::string_view::npos; at = text.find(marker, at + 1)) ++count;
  return count;
}

}  // namespace

TcpProxy::TcpProxy(const std::string& target)
    : target_path_(absl::StripPrefix(target, "unix:")), listener_(Listen()), acceptor_([this] { Accept(); }) {}

TcpProxy::~TcpProxy() {
  shutdown(listener_, SHUT_RDWR);
  acceptor_.join();
  Release();
  BreakConnections();
  std::vector<std::thread> threads;
  {
    absl::MutexLock lock(&mutex_);
    threads.swap(threads_);
  }
  for (std::thread& thread : threads) thread.join();
  absl::MutexLock lock(&mutex_);
  for (const Peers& peers : peers_) {
    close(peers.client);
    close(peers.server);
  }
  close(listener_);
}

std::string TcpProxy::address() const {
  sockaddr_in address{};
  socklen_t size = sizeof(address);
  getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size);
  return absl::StrCat("127.0.0.1:", ntohs(address.sin_port));
}

void TcpProxy::LoseAnswer(const std::string& marker) {
  absl::MutexLock lock(&mutex_);
  marker_ = marker;
  loses_ = true;
  taken_ = false;
}

void TcpProxy::HoldAnswer(const std::string& marker) {
  absl::MutexLock lock(&mutex_);
  marker_ = marker;
  loses_ = false;
  taken_ = false;
}

void TcpProxy::Release() {
  absl::MutexLock lock(&mutex_);
  holds_ = false;
}

bool TcpProxy::TookAnswer() {
  absl::MutexLock lock(&mutex_);
  return taken_;
}

int TcpProxy::Requests(const std::string& marker) {
  absl::MutexLock lock(&mutex_);
  return Count(requests_, marker);
}

void TcpProxy::AwaitRequests(const std::string& marker, int count) {
  const auto enough = [&]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return Count(requests_, marker) >= count; };
  absl::MutexLock lock(&mutex_);
  mutex_.Await(absl::Condition(&enough));
}

void TcpProxy::CountReactions() {
  absl::MutexLock lock(&mutex_);
  counts_ = false;
  reactions_ = 0;
}

int TcpProxy::Reactions() {
  absl::MutexLock lock(&mutex_);
  return reactions_;
}

void TcpProxy::BreakConnections() {
  absl::MutexLock lock(&mutex_);
  for (const Peers& peers : peers_) {
    shutdown(peers.client, SHUT_RDWR);
    shutdown(peers.server, SHUT_RDWR);
  }
}

void TcpProxy::Accept() {
  while (true) {
    const int client = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (client < 0) return;
    const int server = ConnectSocket(target_path_);
    if (server < 0) {
      close(client);
      continue;
    }
    const Peers peers{.client = client, .server = server};
    absl::MutexLock lock(&mutex_);
    peers_.push_back(peers);
    threads_.emplace_back([this, peers] { PassRequests(peers); });
    threads_.emplace_back([this, peers] { PassAnswers(peers); });
  }
}

void TcpProxy::PassRequests(Peers peers) {
  std::string data;
  while (Receive(peers.client, data)) {
    {
      absl::MutexLock lock(&mutex_);  // Before the server can answer.
      requests_ += data;
      if (counts_) ++reactions_;
    }
    if (!Send(peers.server, data)) break;
  }
  {
    absl::MutexLock lock(&mutex_);
    if (counts_ && !left_by_server_.contains(peers.client)) ++reactions_;
  }
  shutdown(peers.server, SHUT_RDWR);
}

void TcpProxy::PassAnswers(Peers peers) {
  std::string data;
  while (Receive(peers.server, data) && MayPass(data) && Send(peers.client, data)) {
  }
  {
    absl::MutexLock lock(&mutex_);
    left_by_server_.insert(peers.client);
  }
  shutdown(peers.client, SHUT_RDWR);
}

bool TcpProxy::MayPass(absl::string_view answer) {
  absl::MutexLock lock(&mutex_);
  counts_ = true;
  if (!marker_.empty() && absl::StrContains(answer, marker_)) {
    marker_.clear();
    taken_ = true;
    if (loses_) return false;
    holds_ = true;
  }
  const auto released = [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return !holds_; };
  mutex_.Await(absl::Condition(&released));
  return true;
}

}  // namespace zeus::bso::testing

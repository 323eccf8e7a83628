#include "server/http/listener/http_server.h"

#include <algorithm>
#include <cstring>
#include <list>
#include <thread>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/memory/memory.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "boost/asio/executor_work_guard.hpp"
#include "boost/asio/io_context.hpp"
#include "boost/asio/ip/tcp.hpp"
#include "boost/asio/post.hpp"
#include "boost/asio/steady_timer.hpp"
#include "model/status_macros.h"
#include "server/http/listener/connection_host.h"
#include "server/http/listener/listening.h"
#include "server/http/listener/tls_context.h"
#include "server/net/descriptor_limit.h"
#include "server/net/listen_address.h"
#include "spdlog/spdlog.h"

namespace zeus::bso::http {
namespace {

namespace asio = boost::asio;
using Error = boost::system::error_code;

// How long no connection is taken after the process has run out of descriptors.
constexpr std::chrono::milliseconds kAcceptPause(100);

// Peers that share a budget: an IPv4 address, the /64 of an IPv6 address. Unix sockets have none.
PeerAddress AddressOf(const Socket& socket) {
  Error error;
  const auto remote = socket.remote_endpoint(error);
  if (error || remote.protocol().family() == AF_UNIX) return {.is_unix_socket = true};
  asio::ip::tcp::endpoint endpoint;
  endpoint.resize(remote.size());
  std::memcpy(endpoint.data(), remote.data(), remote.size());
  const asio::ip::address address = endpoint.address();
  if (address.is_v4()) return {.budget = address.to_string()};
  const asio::ip::address_v6 v6 = address.to_v6();
  if (v6.is_v4_mapped()) return {.budget = asio::ip::make_address_v4(asio::ip::v4_mapped, v6).to_string()};
  constexpr size_t kNetworkBytes = 8;
  const auto bytes = v6.to_bytes();
  return {.budget = std::string(bytes.begin(), bytes.begin() + kNetworkBytes)};
}

// An end that has gone without a word is noticed within two minutes.
void SetTcpOptions(Socket& socket) {
  using Idle = asio::detail::socket_option::integer<IPPROTO_TCP, TCP_KEEPIDLE>;
  using Interval = asio::detail::socket_option::integer<IPPROTO_TCP, TCP_KEEPINTVL>;
  using Count = asio::detail::socket_option::integer<IPPROTO_TCP, TCP_KEEPCNT>;
  Error ignored;
  socket.set_option(asio::ip::tcp::no_delay(true), ignored);
  socket.set_option(asio::socket_base::keep_alive(true), ignored);
  socket.set_option(Idle(60), ignored);
  socket.set_option(Interval(20), ignored);
  socket.set_option(Count(3), ignored);
}

}  // namespace

class HttpServer::Impl {
 public:
  explicit Impl(Handler& handler) : host_(handler, [this] { OnClosed(); }) {}

  ~Impl() {
    Shutdown(absl::ZeroDuration());
    work_.reset();
    io_.stop();
    if (thread_.joinable()) thread_.join();
  }

  absl::Status Listen(const HttpServerOptions& options);
  const std::vector<std::string>& addresses() const { return addresses_; }
  void Run() {
    for (Port& port : ports_) Accept(port);
    thread_ = std::thread([this] { io_.run(); });
  }
  void Shutdown(absl::Duration patience);

 private:
  struct Port {
    Acceptor acceptor;
    bool is_over_tls;
    asio::steady_timer pause;
  };

  void Accept(Port& port);
  void OnAccepted(Port& port, Socket socket);
  void OnClosed() {
    absl::MutexLock lock(&mutex_);
    num_open_ = host_.size();
  }

  // First, as connections, which the last of `io_` drops, use them.
  absl::Mutex mutex_;
  size_t num_open_ ABSL_GUARDED_BY(mutex_) = 0;
  ConnectionHost host_;
  std::unique_ptr<TlsContext> tls_;  // Null: no address is over TLS.
  asio::io_context io_{1};
  asio::executor_work_guard<asio::io_context::executor_type> work_ = asio::make_work_guard(io_);
  std::list<Port> ports_;
  std::vector<std::string> addresses_;
  std::thread thread_;
};

absl::Status HttpServer::Impl::Listen(const HttpServerOptions& options) {
  for (const std::string& address : options.listen) {
    const bool is_over_tls = net::IsOverTls(address);
    if (is_over_tls && tls_ == nullptr) {
      if (!options.tls.has_value()) {
        return absl::InvalidArgumentError(absl::StrCat("a certificate is needed to listen on ", address));
      }
      ZB_ASSIGN_OR_RETURN(tls_, TlsContext::Open(*options.tls));
    }
    ZB_ASSIGN_OR_RETURN(Listening listening, ListenOn(io_, address, options.socket_mode));
    for (Acceptor& acceptor : listening.acceptors) {
      ports_.push_back({std::move(acceptor), is_over_tls, asio::steady_timer(io_)});
    }
    addresses_.push_back(std::move(listening.address));
  }
  return absl::OkStatus();
}

void HttpServer::Impl::Accept(Port& port) {
  port.acceptor.async_accept([this, &port](Error error, Socket socket) {
    if (error == asio::error::operation_aborted) return;
    if (!error) {
      OnAccepted(port, std::move(socket));
      return Accept(port);
    }
    // Too many descriptors, or a connection that has gone already.
    host_.CloseOneThatWaits();
    port.pause.expires_after(kAcceptPause);
    port.pause.async_wait([this, &port](Error aborted) {
      if (!aborted) Accept(port);
    });
  });
}

void HttpServer::Impl::OnAccepted(Port& port, Socket socket) {
  PeerAddress peer = AddressOf(socket);
  if (host_.HasEnough(peer.budget)) return;
  const int end = net::ConnectionDescriptorsEnd();
  // Half of them are for gRPC.
  const size_t most = std::min(kMaxConnections, static_cast<size_t>(end) / 2);
  if ((host_.size() >= most && !host_.CloseOneThatWaits()) || socket.native_handle() >= end) return;
  if (!peer.is_unix_socket) SetTcpOptions(socket);
  const std::shared_ptr<Connection> connection =
      port.is_over_tls ? MakeTlsConnection(host_, std::move(socket), std::move(peer), tls_->Current())
                       : MakePlainConnection(host_, std::move(socket), std::move(peer));
  {
    absl::MutexLock lock(&mutex_);
    num_open_ = host_.size();
  }
  connection->Start();
}

void HttpServer::Impl::Shutdown(absl::Duration patience) {
  if (!thread_.joinable()) return;
  asio::post(io_, [this] {
    for (Port& port : ports_) {
      Error ignored;
      port.acceptor.close(ignored);
      port.pause.cancel();
    }
    host_.Drain();
  });
  const auto none_open = [this] {
    mutex_.AssertHeld();
    return num_open_ == 0;
  };
  {
    absl::MutexLock lock(&mutex_);
    if (mutex_.AwaitWithTimeout(absl::Condition(&none_open), patience)) return;
  }
  asio::post(io_, [this] { host_.CloseAll(); });
}

HttpServer::HttpServer(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

HttpServer::~HttpServer() = default;

absl::StatusOr<std::unique_ptr<HttpServer>> HttpServer::Start(const HttpServerOptions& options, Handler& handler) {
  auto impl = std::make_unique<Impl>(handler);
  ZB_RETURN_IF_ERROR(impl->Listen(options));
  impl->Run();
  return absl::WrapUnique(new HttpServer(std::move(impl)));
}

const std::vector<std::string>& HttpServer::addresses() const { return impl_->addresses(); }

void HttpServer::Shutdown(absl::Duration patience) { impl_->Shutdown(patience); }

}  // namespace zeus::bso::http

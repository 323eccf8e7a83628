#include "server/http/health/health_listener.h"

#include <chrono>
#include <list>
#include <thread>
#include <utility>

#include "absl/memory/memory.h"
#include "boost/asio/io_context.hpp"
#include "boost/asio/ip/tcp.hpp"
#include "boost/asio/post.hpp"
#include "boost/asio/steady_timer.hpp"
#include "model/status_macros.h"
#include "server/http/health/connections.h"
#include "server/http/listener/listening.h"

namespace zeus::bso::http::health {
namespace {

namespace asio = boost::asio;
using Error = boost::system::error_code;

// How long no connection is taken after the process has run out of descriptors.
constexpr std::chrono::milliseconds kAcceptPause(20);

// How often deadlines are looked at.
constexpr std::chrono::seconds kTick(1);

// The socket may be one of a path, which knows neither.
void SetTcpOptions(Connection::Socket& socket) {
  Error ignored;
  socket.set_option(asio::ip::tcp::no_delay(true), ignored);
  socket.set_option(asio::socket_base::keep_alive(true), ignored);
}

}  // namespace

class HealthListener::Impl {
 public:
  ~Impl() { Shutdown(); }

  absl::Status Listen(const HealthListenerOptions& options);
  void Run();
  void ShowReady(bool is_ready) {
    asio::post(io_, [this, is_ready] { connections_.ShowReady(is_ready); });
  }
  void Shutdown();
  const std::vector<std::string>& addresses() const { return addresses_; }

 private:
  struct Port {
    Acceptor acceptor;
    asio::steady_timer pause;
  };

  void Accept(Port& port);
  void Tick();

  Connections connections_;  // First: the last handlers of `io_`, which it drops, use it.
  asio::io_context io_{1};
  asio::steady_timer tick_{io_};
  std::list<Port> ports_;
  std::vector<std::string> addresses_;
  std::thread thread_;
};

absl::Status HealthListener::Impl::Listen(const HealthListenerOptions& options) {
  for (const std::string& address : options.listen) {
    ZB_ASSIGN_OR_RETURN(Listening listening, ListenOn(io_, address, options.socket_mode));
    for (Acceptor& acceptor : listening.acceptors) ports_.push_back({std::move(acceptor), asio::steady_timer(io_)});
    addresses_.push_back(std::move(listening.address));
  }
  return absl::OkStatus();
}

void HealthListener::Impl::Run() {
  for (Port& port : ports_) Accept(port);
  Tick();
  thread_ = std::thread([this] { io_.run(); });
}

void HealthListener::Impl::Accept(Port& port) {
  port.acceptor.async_accept([this, &port](Error error, Connection::Socket socket) {
    if (error == asio::error::operation_aborted) return;
    if (!error) {
      SetTcpOptions(socket);
      connections_.Add(std::move(socket));
      return Accept(port);
    }
    // Too many descriptors, or a connection that has gone already.
    connections_.CloseOldest();
    port.pause.expires_after(kAcceptPause);
    port.pause.async_wait([this, &port](Error aborted) {
      if (!aborted) Accept(port);
    });
  });
}

void HealthListener::Impl::Tick() {
  tick_.expires_after(kTick);
  tick_.async_wait([this](Error error) {
    if (error) return;
    connections_.CloseOverdue(Connection::Clock::now());
    Tick();
  });
}

void HealthListener::Impl::Shutdown() {
  if (!thread_.joinable()) return;
  io_.stop();
  thread_.join();
  ports_.clear();
  connections_.CloseAll();
}

HealthListener::HealthListener(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

HealthListener::~HealthListener() = default;

absl::StatusOr<std::unique_ptr<HealthListener>> HealthListener::Start(const HealthListenerOptions& options) {
  auto impl = std::make_unique<Impl>();
  ZB_RETURN_IF_ERROR(impl->Listen(options));
  impl->Run();
  return absl::WrapUnique(new HealthListener(std::move(impl)));
}

const std::vector<std::string>& HealthListener::addresses() const { return impl_->addresses(); }

void HealthListener::ShowReady(bool is_ready) { impl_->ShowReady(is_ready); }

void HealthListener::Shutdown() { impl_->Shutdown(); }

}  // namespace zeus::bso::http::health

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <deque>
#include <memory>
#include <stdexcept>
#include <utility>

#include "absl/strings/strip.h"
#include "grpcpp/create_channel_posix.h"
#include "tests/soak/loads.h"
#include "tests/soak/trainer.h"
#include "tests/support/spec_messages.h"
#include "tests/support/wire_session.h"

namespace zeus::bso::testing {
namespace {

constexpr double kSessionsPerSecond = 60;
constexpr char kJobId[] = "sessions";

int ConnectTo(absl::string_view path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  path.copy(address.sun_path, sizeof(address.sun_path) - 1);
  const int socket_fd = socket(AF_UNIX, SOCK_STREAM, 0);
  if (connect(socket_fd, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0 ||
      fcntl(socket_fd, F_SETFL, O_NONBLOCK) != 0) {
    close(socket_fd);
    throw std::runtime_error("cannot connect to the server");
  }
  return socket_fd;
}

// A client whose connection breaks when it goes, without a word to the server, as when its machine is switched off.
class BreakableClient {
 public:
  explicit BreakableClient(const std::string& address)
      : socket_fd_(ConnectTo(absl::StripPrefix(address, "unix:"))),
        // The channel closes its own descriptor.
        client_(grpc::CreateInsecureChannelFromFd(address, dup(socket_fd_))) {}

  ~BreakableClient() { close(socket_fd_); }

  BreakableClient(const BreakableClient&) = delete;
  BreakableClient& operator=(const BreakableClient&) = delete;

  RpcClient& client() { return client_; }
  void Break() { shutdown(socket_fd_, SHUT_RDWR); }

 private:
  const int socket_fd_;
  RpcClient client_;
};

class Abandoner {
 public:
  Abandoner(const std::string& address, absl::Duration session_timeout, Progress& progress)
      : address_(address), session_timeout_(session_timeout), client_(address), progress_(progress) {}

  void Cancel() {
    WireSession session(client_);
    if (Use(session)) session.Cancel();
  }

  void LoseConnection() {
    BreakableClient client(address_);
    WireSession session(client.client());
    if (Use(session)) client.Break();
  }

  void Leave() {
    auto session = std::make_unique<WireSession>(client_);
    if (Use(*session)) left_.emplace_back(absl::Now(), std::move(session));
  }

  // Lets go of those that the server must have ended by now.
  void ForgetTheTimedOut() {
    while (!left_.empty() && absl::Now() - left_.front().first > session_timeout_ + absl::Seconds(1)) {
      const auto ended = left_.front().second->Finish();
      if (ended.reason() != "SESSION_TIMEOUT")
        progress_.Expect("a session left", ended.status, grpc::StatusCode::ABORTED);
      left_.pop_front();
    }
  }

 private:
  // Makes a change that is never committed: whether it went well.
  bool Use(WireSession& session) {
    v1::SessionRequest get_normal;
    get_normal.mutable_get_normal()->set_job_id(kJobId);
    for (const v1::SessionRequest& request : {GetJobRequest(kJobId), CreateTrialRequest(32, kJobId), get_normal}) {
      if (session.Ask(request).has_value()) continue;
      progress_.Expect("Session", session.Finish().status);
      return false;
    }
    progress_.Count(Deed::kSessionAbandoned);
    return true;
  }

  const std::string address_;
  const absl::Duration session_timeout_;
  RpcClient client_;
  std::deque<std::pair<absl::Time, std::unique_ptr<WireSession>>> left_;
  Progress& progress_;
};

}  // namespace

void AbandonSessions(const std::string& address, absl::Duration session_timeout, Progress& progress) {
  Trainer(address, progress).Register(MakeSpecMessage(kJobId));
  Abandoner abandoner(address, session_timeout, progress);
  Pace pace(progress, kSessionsPerSecond);
  for (int number = 0; pace.Next(); ++number) {
    if (number % 3 == 0) abandoner.Cancel();
    if (number % 3 == 1) abandoner.LoseConnection();
    if (number % 3 == 2) abandoner.Leave();
    abandoner.ForgetTheTimedOut();
  }
}

}  // namespace zeus::bso::testing

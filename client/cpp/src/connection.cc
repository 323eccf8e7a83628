#include "client/cpp/src/connection.h"

#include <unistd.h>

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "client/cpp/src/channel.h"
#include "client/cpp/src/status.h"

namespace zeus::bso::client_internal {
namespace {

absl::Status Check(const ClientOptions& options) {
  if (options.target.empty()) return absl::InvalidArgumentError("target must be given");
  if (options.timeout <= absl::ZeroDuration()) return absl::InvalidArgumentError("timeout must be greater than 0");
  if (options.retry.first_backoff < absl::ZeroDuration() || options.retry.max_backoff < absl::ZeroDuration()) {
    return absl::InvalidArgumentError("backoffs must be at least 0");
  }
  // gRPC would abort the process.
  if (!std::all_of(options.token.begin(), options.token.end(), absl::ascii_isgraph)) {
    return absl::InvalidArgumentError("token must be printable ASCII without spaces");
  }
  return absl::OkStatus();
}

// Deletes a connection in the process that made it. In one that was forked gRPC would wait for threads that it has not.
class DeleterInProcess {
 public:
  void operator()(const Connection* connection) const {
    if (getpid() == pid_) delete connection;
  }

 private:
  pid_t pid_ = getpid();
};

}  // namespace

absl::StatusOr<std::shared_ptr<Connection>> Connection::Open(ClientOptions options) {
  absl::Status checked = Check(options);
  if (!checked.ok()) return checked;
  const absl::StatusOr<std::shared_ptr<grpc::Channel>> channel = OpenChannel(options);
  if (!channel.ok()) return channel.status();
  return std::shared_ptr<Connection>(new Connection(std::move(options), *channel), DeleterInProcess());
}

Connection::Connection(ClientOptions options, const std::shared_ptr<grpc::Channel>& channel)
    : options_(std::move(options)), optimizer_(channel), service_(channel), idle_reader_(channel) {}

void Connection::Prepare(grpc::ClientContext& context, absl::Duration timeout) const {
  context.set_deadline(absl::ToChronoTime(absl::Now() + timeout));
  if (!options_.token.empty()) context.AddMetadata("authorization", absl::StrCat("Bearer ", options_.token));
}

absl::Status Connection::CallUnary(absl::FunctionRef<grpc::Status(grpc::ClientContext&)> attempt, Repeatable repeatable,
                                   const Limits& limits) const {
  Cancellation cancellation(closed(), limits.stop);
  const auto attempt_for = [&](absl::Duration timeout) {
    grpc::ClientContext context;
    Prepare(context, timeout);
    const Cancellation::Scope scope(cancellation, context);
    return FromGrpcStatus(attempt(context));
  };
  RetryPolicy retry = options_.retry;
  retry.total = std::min(retry.total, limits.within);
  return CallWithRetries(attempt_for, std::min(options_.timeout, limits.within), retry, repeatable, cancellation);
}

}  // namespace zeus::bso::client_internal

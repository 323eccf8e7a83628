// The connection to a server: one channel, and how calls are made over it.
#ifndef ZEUS_BSO_CLIENT_CPP_SRC_CONNECTION_H_
#define ZEUS_BSO_CLIENT_CPP_SRC_CONNECTION_H_

#include <memory>
#include <stop_token>
#include <string>
#include <utility>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "client/cpp/src/cancellation.h"
#include "client/cpp/src/idle_reader.h"
#include "client/cpp/src/retry.h"
#include "grpcpp/channel.h"
#include "grpcpp/client_context.h"
#include "grpcpp/support/status.h"
#include "zeus/bso/client_options.h"
#include "zeus/bso/v1/batch_size_optimizer.grpc.pb.h"
#include "zeus/bso/v1/zeus_service.grpc.pb.h"

namespace zeus::bso::client_internal {

// Safe for threads. Connects when it is first used.
class Connection {
 public:
  using Optimizer = v1::BatchSizeOptimizer::Stub;
  using Service = v1::ZeusService::Stub;

  template <typename Stub, typename Request, typename Response>
  using Method = grpc::Status (Stub::*)(grpc::ClientContext*, const Request&, Response*);

  // As Client::Create.
  static absl::StatusOr<std::shared_ptr<Connection>> Open(ClientOptions options);

  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  // As Client::Close.
  void Close() { closed_.request_stop(); }

  // Is stopped by Close.
  std::stop_token closed() const { return closed_.get_token(); }

  const ClientOptions& options() const { return options_; }
  Optimizer& optimizer() { return optimizer_; }

  // When to give a call up, besides what the options say.
  struct Limits {
    std::stop_token stop = {};                         // As by Close.
    absl::Duration within = absl::InfiniteDuration();  // With all attempts.
  };

  // Calls a unary method of a stub, and repeats it.
  template <typename Request, typename Response>
  absl::StatusOr<Response> Call(Method<Optimizer, Request, Response> method, const Request& request,
                                Repeatable repeatable = Repeatable::kOutcomeUnknown) {
    return CallStub(optimizer_, method, request, repeatable, Limits());
  }

  template <typename Request, typename Response>
  absl::StatusOr<Response> Call(Method<Optimizer, Request, Response> method, const Request& request,
                                const Limits& limits) {
    return CallStub(optimizer_, method, request, Repeatable::kOutcomeUnknown, limits);
  }

  template <typename Request, typename Response>
  absl::StatusOr<Response> Call(Method<Service, Request, Response> method, const Request& request) {
    return CallStub(service_, method, request, Repeatable::kOutcomeUnknown, Limits());
  }

  // Gives the context of a call its deadline and its token.
  void Prepare(grpc::ClientContext& context, absl::Duration timeout) const;

 private:
  Connection(ClientOptions options, const std::shared_ptr<grpc::Channel>& channel);

  template <typename Stub, typename Request, typename Response>
  absl::StatusOr<Response> CallStub(Stub& stub, Method<Stub, Request, Response> method, const Request& request,
                                    Repeatable repeatable, const Limits& limits) {
    Response response;
    absl::Status status = CallUnary(
        [&](grpc::ClientContext& context) { return (stub.*method)(&context, request, &response); }, repeatable, limits);
    if (!status.ok()) return status;
    return response;
  }

  absl::Status CallUnary(absl::FunctionRef<grpc::Status(grpc::ClientContext&)> attempt, Repeatable repeatable,
                         const Limits& limits) const;

  const ClientOptions options_;
  std::stop_source closed_;
  Optimizer optimizer_;
  Service service_;
  IdleReader idle_reader_;
};

}  // namespace zeus::bso::client_internal

#endif  // ZEUS_BSO_CLIENT_CPP_SRC_CONNECTION_H_

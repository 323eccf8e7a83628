// The methods that answer one request with one response, by the path of their HTTP requests.
#ifndef ZEUS_BSO_SERVER_HTTP_CONNECT_UNARY_METHODS_H_
#define ZEUS_BSO_SERVER_HTTP_CONNECT_UNARY_METHODS_H_

#include <functional>
#include <memory>

#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/descriptor.pb.h"
#include "google/protobuf/message.h"
#include "server/api/access/caller.h"
#include "server/api/backend.h"

namespace zeus::bso::http {

struct UnaryMethod {
  using Message = google::protobuf::Message;
  using Done = absl::AnyInvocable<void(const absl::Status& status)>;

  const google::protobuf::MethodDescriptor* descriptor = nullptr;
  std::unique_ptr<Message> (*new_request)() = nullptr;
  std::unique_ptr<Message> (*new_response)() = nullptr;
  // Whether `caller` may call it at all (api::Admit).
  absl::Status (*admit)(const api::Backend& backend, const api::Caller& caller) = nullptr;
  // As api::RunUnary, with messages of the types above.
  std::function<void(const api::Backend&, const api::Caller&, const Message& request, Message& response, Done)> run;

  // Whether it may be called by GET: so the protos mark it.
  bool has_side_effects() const {
    return descriptor->options().idempotency_level() != google::protobuf::MethodOptions::NO_SIDE_EFFECTS;
  }
};

// The method of "/zeus.bso.v1.SERVICE/METHOD"; null: there is no such unary method.
const UnaryMethod* FindUnaryMethod(absl::string_view path);

}  // namespace zeus::bso::http

#endif  // ZEUS_BSO_SERVER_HTTP_CONNECT_UNARY_METHODS_H_

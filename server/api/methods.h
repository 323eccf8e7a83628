// The methods of the API that answer one request with one response: each is implemented once, as a function of its
// name. Transports make what they need of the lists (calls/method_lists.h).
#ifndef ZEUS_BSO_SERVER_API_METHODS_H_
#define ZEUS_BSO_SERVER_API_METHODS_H_

#include "absl/status/status.h"
#include "model/moment.h"
#include "model/status_macros.h"
#include "server/api/access/permissions.h"
#include "server/api/backend.h"
#include "server/api/calls/method_lists.h"
#include "server/api/zeus_operations.h"
#include "server/service/zeus_service.h"
#include "storage/session.h"
#include "zeus/bso/v1/batch_size_optimizer.pb.h"
#include "zeus/bso/v1/zeus_service.pb.h"

namespace zeus::bso::api {

// What a method works on. Its session is committed if the method returns OK.
struct Call {
  const Backend& backend;
  const Permissions& permissions;  // Of the caller.
  storage::Session& session;
  const Moment& now;
};

inline bso::ZeusService ServiceOf(const Call& call) {
  return {call.session, call.now, call.backend.limits, &call.backend.memory};
}

// Fill in an empty response. Requests are valid. May run again, on an empty response. Errors: as the protos say.
namespace batch_size_optimizer {

#define ZB_DECLARE(Method) \
  absl::Status Method(const Call& call, const v1::Method##Request& request, v1::Method##Response& response);

ZB_BATCH_SIZE_OPTIMIZER_METHODS(ZB_DECLARE)

#undef ZB_DECLARE

}  // namespace batch_size_optimizer

namespace zeus_service {

#define ZB_DEFINE(Method)                                                                                            \
  inline absl::Status Method(const Call& call, const v1::Method##Request& request, v1::Method##Response& response) { \
    bso::ZeusService service = ServiceOf(call);                                                                      \
    ZB_RETURN_IF_ERROR(Fetch(service, request));                                                                     \
    return Apply(service, request, response);                                                                        \
  }

ZB_ZEUS_SERVICE_METHODS(ZB_DEFINE)

#undef ZB_DEFINE

}  // namespace zeus_service

}  // namespace zeus::bso::api

#endif  // ZEUS_BSO_SERVER_API_METHODS_H_

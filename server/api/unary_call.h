// The one way that a unary request takes: admitted, checked, run in a session, answered. Never blocks.
#ifndef ZEUS_BSO_SERVER_API_UNARY_CALL_H_
#define ZEUS_BSO_SERVER_API_UNARY_CALL_H_

#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "model/moment.h"
#include "server/api/access/caller.h"
#include "server/api/admission.h"
#include "server/api/backend.h"
#include "server/api/calls/call_record.h"
#include "server/api/calls/method_id.h"
#include "server/api/job_access.h"
#include "server/api/log/call_log.h"
#include "server/api/methods.h"
#include "storage/call_times.h"
#include "storage/store.h"

namespace zeus::bso::api {

// A method of methods.h.
template <typename Request, typename Response>
struct Operation {
  using Run = absl::Status (*)(const Call& call, const Request& request, Response& response);

  Operation(MethodId the_id, Run the_run) : id(the_id), run(the_run) {}

  MethodId id;
  Run run;
};

// Answers `request` with what `operation` fills into `response`, then calls done(status), perhaps before it returns.
// Both messages and `backend` live until then.
template <typename Request, typename Response, typename Done>
void RunUnary(const Backend& backend, const Caller& caller, const Request& request, Response& response,
              Operation<Request, Response> operation, Done done) {
  CallRecord record(backend.monitor, caller, operation.id);
  if (const absl::Status begun = backend.calls.Begin(); !begun.ok()) {
    record.End(Request::descriptor()->name(), begun);
    return done(begun);
  }
  storage::CallTimes* const times = record.times();
  auto finish = [&backend, &request, &response, record = std::move(record),
                 done = std::move(done)](const absl::Status& status) mutable {
    record.EndOf(Request::descriptor()->name(), JobIdOf(request), status);
    if (status.ok()) LogEvent(request, response, record.trace());
    done(status);
    backend.calls.End();
  };
  absl::StatusOr<Permissions> admitted = AdmitRequest(backend, caller, request);
  if (!admitted.ok()) return finish(admitted.status());
  backend.store.Transact(
      [&backend, &request, &response, run = operation.run, permissions = *std::move(admitted),
       now = backend.clock()](storage::Session& session) {
        response.Clear();
        return run({.backend = backend, .permissions = permissions, .session = session, .now = now}, request, response);
      },
      std::move(finish), times);
}

}  // namespace zeus::bso::api

#endif  // ZEUS_BSO_SERVER_API_UNARY_CALL_H_

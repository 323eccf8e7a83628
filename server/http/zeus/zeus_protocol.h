// The HTTP protocol of Zeus' batch size optimizer server, for Zeus' own clients. Its five calls run methods of
// zeus.bso.v1.BatchSizeOptimizer, on the same jobs. JSON is parsed as leniently as Zeus' server parses it.
#ifndef ZEUS_BSO_SERVER_HTTP_ZEUS_ZEUS_PROTOCOL_H_
#define ZEUS_BSO_SERVER_HTTP_ZEUS_ZEUS_PROTOCOL_H_

#include <string>

#include "absl/strings/string_view.h"
#include "model/job.h"
#include "server/api/backend.h"
#include "server/api/unary_call.h"
#include "server/http/exchange/message.h"
#include "server/http/exchange/workers.h"

namespace zeus::bso::http {

// Thread-safe. Must outlive the calls in progress (Backend::calls). A call ends shortly after its response is sent.
class ZeusProtocol {
 public:
  // New jobs get `policy_of_new_jobs`, or POLICY_ZEUS if it does not support so many batch sizes. Copies `backend`; the
  // objects that it refers to, and `workers`, must outlive the protocol.
  ZeusProtocol(const api::Backend& backend, Workers& workers, PolicyKind policy_of_new_jobs);

  // Whether `path` belongs to the protocol. Paths with trailing slashes do, too: Handle redirects them.
  static bool Serves(absl::string_view path);

  // Responds to a request with any path and method, now or later on a worker. Parses the request on the calling thread
  // and does not block.
  void Handle(const Request& request, Respond respond);

 private:
  void RegisterJob(const Request& request, Respond respond);
  void StartTrial(const Request& request, Respond respond);
  void ReportResult(const Request& request, Respond respond);
  void EndTrial(const Request& request, Respond respond);
  void DeleteJob(const Request& request, Respond respond);

  // Responds to a report on a trial whose numbers are not positive.
  void RefuseReport(const Request& request, const std::string& job_id, Respond respond);

  // Runs a method and responds with print(answer), or with ErrorAnswer(error, unknown_status).
  template <typename Message, typename Answer, typename Print>
  void Run(const Request& request, Message message, api::Operation<Message, Answer> method, int unknown_status,
           Print print, Respond respond);

  // Responds with `refusal`, or with 401 or 403 if the caller may not call the method of `Message`.
  template <typename Message>
  void Refuse(const Request& request, Response refusal, Respond respond);

  const api::Backend backend_;
  Workers& workers_;
};

}  // namespace zeus::bso::http

#endif  // ZEUS_BSO_SERVER_HTTP_ZEUS_ZEUS_PROTOCOL_H_

// The streams of the API over HTTP: WatchJob, ExportJob and ImportJob with the Connect protocol.
#ifndef ZEUS_BSO_SERVER_HTTP_CONNECT_CONNECT_STREAMS_H_
#define ZEUS_BSO_SERVER_HTTP_CONNECT_CONNECT_STREAMS_H_

#include <memory>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "server/api/backend.h"
#include "server/api/streams/open_sessions.h"
#include "server/http/connect/codec.h"
#include "server/http/connect/deadlines.h"
#include "server/http/exchange/message.h"
#include "server/http/exchange/workers.h"

namespace zeus::bso::http {

// Thread-safe. Does not block its callers.
class ConnectStreams {
 public:
  // All of these outlive this object. It outlives the responses and uploads that it makes, and its work for `workers`.
  ConnectStreams(const api::Backend& backend, api::OpenSessions& open, Workers& workers)
      : backend_(backend), open_(open), workers_(workers) {}

  // Whether `path` is that of a streaming method: "/zeus.bso.v1.BatchSizeOptimizer/WatchJob".
  static bool Serves(absl::string_view path);

  // Whether BeginUpload serves this request; else Handle does. Only the path counts.
  static bool TakesUpload(const Request& head);

  // Serves a request with its body. Responds here or on another thread.
  void Handle(Request request, Respond respond);

  // Begins to serve a request, whose body follows. May respond before it returns.
  std::unique_ptr<Upload> BeginUpload(const Request& head, Respond respond);

 private:
  // What the headers say.
  struct Call {
    Codec codec;
    absl::Duration timeout;  // Infinite: the caller did not say.
  };

  Response Serve(const Request& request, const Call& call);
  Response Watch(const Request& request, const Call& call);
  Response Export(const Request& request, const Call& call);

  const api::Backend& backend_;
  api::OpenSessions& open_;
  Workers& workers_;
  Deadlines deadlines_;
};

}  // namespace zeus::bso::http

#endif  // ZEUS_BSO_SERVER_HTTP_CONNECT_CONNECT_STREAMS_H_

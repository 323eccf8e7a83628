// What the responses of all streams have in common.
#ifndef ZEUS_BSO_SERVER_HTTP_CONNECT_STREAM_RESPONSE_H_
#define ZEUS_BSO_SERVER_HTTP_CONNECT_STREAM_RESPONSE_H_

#include <memory>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "google/protobuf/message.h"
#include "model/error.h"
#include "model/status_macros.h"
#include "server/http/connect/codec.h"
#include "server/http/connect/deadlines.h"
#include "server/http/connect/envelope.h"
#include "server/http/connect/headers.h"
#include "server/http/exchange/message.h"

namespace zeus::bso::http {

// The status of a stream is always 200; an error comes at the end of its body.
inline Response StreamResponse(Codec codec) {
  Response response;
  response.fields.Add("Content-Type", ContentType(CallKind::kStream, codec));
  return response;
}

// Appends a message to the body of a stream. Errors: as PrintMessage.
inline absl::Status AppendMessage(Codec codec, const google::protobuf::Message& message, std::string& body) {
  ZB_ASSIGN_OR_RETURN(const std::string printed, PrintMessage(codec, message));
  body += Envelope(printed);
  return absl::OkStatus();
}

// The response of a stream without a message.
inline Response EndOnly(Codec codec, const absl::Status& status) {
  Response response = StreamResponse(codec);
  response.body = EndOfStream(status);
  return response;
}

// Stops a stream of server/api/streams after the time that its caller waits, unless the timer is dropped before.
template <typename Stream>
std::unique_ptr<Deadlines::Timer> StopAfter(Deadlines& deadlines, absl::Duration timeout,
                                            const std::shared_ptr<Stream>& stream) {
  return deadlines.Start(timeout, [weak = std::weak_ptr<Stream>(stream)] {
    if (const std::shared_ptr<Stream> locked = weak.lock(); locked != nullptr) {
      locked->Stop(MakeError(Reason::kDeadlinePassed, "the timeout of the call has passed; nothing was changed"));
    }
  });
}

}  // namespace zeus::bso::http

#endif  // ZEUS_BSO_SERVER_HTTP_CONNECT_STREAM_RESPONSE_H_

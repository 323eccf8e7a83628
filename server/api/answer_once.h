// Requests that can be repeated: the first answer to a request_id is kept, and given again.
#ifndef ZEUS_BSO_SERVER_API_ANSWER_ONCE_H_
#define ZEUS_BSO_SERVER_API_ANSWER_ONCE_H_

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "google/protobuf/message.h"
#include "storage/session.h"

namespace zeus::bso::api {

// Fills `response` with what the request of this id was answered with before; or else with what `answer` fills in, and
// keeps that until `expiry`. `request` is that request without its request_id, which is valid. REQUEST_ID_REUSED: the
// request before was another one.
absl::Status AnswerOnce(storage::Session& session, absl::string_view request_id,
                        const google::protobuf::Message& request, google::protobuf::Message& response,
                        absl::Time expiry, absl::FunctionRef<absl::Status()> answer);

}  // namespace zeus::bso::api

#endif  // ZEUS_BSO_SERVER_API_ANSWER_ONCE_H_

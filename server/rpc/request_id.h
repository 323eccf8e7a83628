// Requests that can be repeated: the first answer to a request_id is kept, and given again.
#ifndef ZEUS_BSO_SERVER_RPC_REQUEST_ID_H_
#define ZEUS_BSO_SERVER_RPC_REQUEST_ID_H_

#include <optional>
#include <string>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "google/protobuf/message.h"
#include "storage/session.h"

namespace zeus::bso::rpc {

// The 16 bytes of a UUID in its usual form (RFC 9562): 32 hexadecimal digits, in groups of 8, 4, 4, 4 and 12 with "-"
// between them; nothing for any other text.
std::optional<std::string> ParseRequestId(absl::string_view text);

// Fills `response` with what the request of this id was answered with before; or else with what `answer` fills in, and
// keeps that until `expiry`. `request` is that request without its request_id, which is valid. REQUEST_ID_REUSED: the
// request before was another one.
absl::Status AnswerOnce(storage::Session& session, absl::string_view request_id,
                        const google::protobuf::Message& request, google::protobuf::Message& response,
                        absl::Time expiry, absl::FunctionRef<absl::Status()> answer);

}  // namespace zeus::bso::rpc

#endif  // ZEUS_BSO_SERVER_RPC_REQUEST_ID_H_

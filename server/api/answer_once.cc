#include "server/api/answer_once.h"

#include <optional>
#include <string>

#include "absl/strings/str_cat.h"
#include "google/protobuf/io/coded_stream.h"
#include "google/protobuf/io/zero_copy_stream_impl_lite.h"
#include "model/error.h"
#include "model/status_macros.h"
#include "server/api/validation/request_id.h"

namespace zeus::bso::api {
namespace {

// The same bytes for equal messages.
std::string Serialize(const google::protobuf::Message& message) {
  std::string bytes;
  google::protobuf::io::StringOutputStream stream(&bytes);
  google::protobuf::io::CodedOutputStream coded(&stream);
  coded.SetSerializationDeterministic(true);
  message.SerializeToCodedStream(&coded);
  coded.Trim();
  return bytes;
}

}  // namespace

absl::Status AnswerOnce(storage::Session& session, absl::string_view request_id,
                        const google::protobuf::Message& request, google::protobuf::Message& response,
                        absl::Time expiry, absl::FunctionRef<absl::Status()> answer) {
  const std::string id = ParseRequestId(request_id).value();
  const std::string& type = request.GetDescriptor()->name();
  const std::string bytes = Serialize(request);
  ZB_ASSIGN_OR_RETURN(const std::optional<storage::Answer> kept, session.FindAnswer(id));
  if (!kept.has_value()) {
    ZB_RETURN_IF_ERROR(answer());
    return session.KeepAnswer(id, {type, bytes, response.SerializeAsString()}, expiry);
  }
  if (kept->request_type != type || kept->request != bytes) {
    return MakeError(Reason::kRequestIdReused,
                     absl::StrCat("request_id ", request_id, " belongs to another request: take a new one"));
  }
  if (!response.ParseFromString(kept->response)) {
    return MakeError(Reason::kStorageCorrupted, "a kept answer cannot be read");
  }
  return absl::OkStatus();
}

}  // namespace zeus::bso::api

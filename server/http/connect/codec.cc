#include "server/http/connect/codec.h"

#include "absl/strings/str_cat.h"
#include "google/protobuf/util/json_util.h"
#include "model/error.h"
#include "server/http/exchange/utf8.h"

namespace zeus::bso::http {

absl::Status ParseMessage(Codec codec, absl::string_view bytes, google::protobuf::Message& message) {
  const std::string& name = message.GetDescriptor()->full_name();
  if (codec == Codec::kProto) {
    if (message.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) return absl::OkStatus();
    return MakeError(Reason::kInvalidField, absl::StrCat("the request is no ", name));
  }
  // Protobuf would put something else in the place of what is not.
  if (!IsUtf8(bytes, Surrogates::kRefused)) return MakeError(Reason::kInvalidField, "the request is not in UTF-8");
  const auto status = google::protobuf::util::JsonStringToMessage({bytes.data(), bytes.size()}, &message);
  if (status.ok()) return absl::OkStatus();
  return MakeError(Reason::kInvalidField,
                   absl::StrCat("the request is not the JSON of a ", name, ": ",
                                absl::string_view(status.message().data(), status.message().size())));
}

absl::StatusOr<std::string> PrintMessage(Codec codec, const google::protobuf::Message& message) {
  if (codec == Codec::kProto) return message.SerializeAsString();
  std::string json;
  const auto status = google::protobuf::util::MessageToJsonString(message, &json);
  if (status.ok()) return json;
  return MakeError(Reason::kInternal,
                   absl::StrCat("the response has no form in JSON: ",
                                absl::string_view(status.message().data(), status.message().size())));
}

}  // namespace zeus::bso::http

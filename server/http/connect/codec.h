// Messages as the Connect protocol carries them: as JSON, or as protobuf's own bytes.
#ifndef ZEUS_BSO_SERVER_HTTP_CONNECT_CODEC_H_
#define ZEUS_BSO_SERVER_HTTP_CONNECT_CODEC_H_

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "google/protobuf/message.h"

namespace zeus::bso::http {

enum class Codec { kJson, kProto };

// Fills `message` from `bytes`. INVALID_FIELD: they are no such message; the error names a field of the JSON that the
// message does not have.
absl::Status ParseMessage(Codec codec, absl::string_view bytes, google::protobuf::Message& message);

// JSON as protobuf defines it: fields without a value of their own are left out, integers of 64 bits are strings.
// INTERNAL: a message holds what JSON has no form for, such as a time after the year 9999.
absl::StatusOr<std::string> PrintMessage(Codec codec, const google::protobuf::Message& message);

}  // namespace zeus::bso::http

#endif  // ZEUS_BSO_SERVER_HTTP_CONNECT_CODEC_H_

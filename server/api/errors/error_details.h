// Our errors as they travel, whatever the transport.
#ifndef ZEUS_BSO_SERVER_API_ERRORS_ERROR_DETAILS_H_
#define ZEUS_BSO_SERVER_API_ERRORS_ERROR_DETAILS_H_

#include <string>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "google/rpc/status.pb.h"

namespace zeus::bso::api {

// The name by which google.protobuf.Any knows a message. A status payload under such a name travels as a detail.
template <typename Message>
std::string TypeUrl() {
  return absl::StrCat("type.googleapis.com/", Message::descriptor()->full_name());
}

// The same code and message, with details: one google.rpc.ErrorInfo of domain "zeus.bso" (reason and metadata,
// model/error.h), and the payloads that are to travel. `status` is an error.
google::rpc::Status ToRpcStatus(const absl::Status& status);

}  // namespace zeus::bso::api

#endif  // ZEUS_BSO_SERVER_API_ERRORS_ERROR_DETAILS_H_

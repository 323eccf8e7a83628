// Errors as the Connect protocol carries them.
#ifndef ZEUS_BSO_SERVER_HTTP_CONNECT_ERROR_H_
#define ZEUS_BSO_SERVER_HTTP_CONNECT_ERROR_H_

#include <string>

#include "absl/status/status.h"

namespace zeus::bso::http {

// The HTTP status that the protocol gives a code.
int HttpStatusOf(absl::StatusCode code);

// An error as a JSON object: code, message, and details with the same google.rpc messages as over gRPC.
std::string ErrorJson(const absl::Status& error);

}  // namespace zeus::bso::http

#endif  // ZEUS_BSO_SERVER_HTTP_CONNECT_ERROR_H_

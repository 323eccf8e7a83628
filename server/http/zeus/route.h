// The paths and methods of Zeus' protocol.
#ifndef ZEUS_BSO_SERVER_HTTP_ZEUS_ROUTE_H_
#define ZEUS_BSO_SERVER_HTTP_ZEUS_ROUTE_H_

#include <variant>

#include "absl/strings/string_view.h"
#include "server/http/exchange/message.h"

namespace zeus::bso::http {

enum class ZeusCall { kRegister, kPredict, kReport, kEndTrial, kDelete };

// The call that a request is for, or the response to other requests: 404, 405, or 307 to the path without trailing
// slashes.
std::variant<ZeusCall, Response> Route(const Request& request);

// Whether `path` is the path of a call, perhaps with trailing slashes.
bool IsZeusPath(absl::string_view path);

}  // namespace zeus::bso::http

#endif  // ZEUS_BSO_SERVER_HTTP_ZEUS_ROUTE_H_

// The body of a request of Zeus' protocol.
#ifndef ZEUS_BSO_SERVER_HTTP_ZEUS_REQUEST_BODY_H_
#define ZEUS_BSO_SERVER_HTTP_ZEUS_REQUEST_BODY_H_

#include <variant>

#include "server/http/exchange/message.h"
#include "server/http/zeus/lax_values.h"

namespace zeus::bso::http {

// The fields of the body, or the response to a body that has none. Without a Content-Type it is parsed as JSON, too.
std::variant<JsonFields, Response> ReadBody(const Request& request);

}  // namespace zeus::bso::http

#endif  // ZEUS_BSO_SERVER_HTTP_ZEUS_REQUEST_BODY_H_

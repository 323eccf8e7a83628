// Responses that are the same for all protocols.
#ifndef ZEUS_BSO_SERVER_HTTP_EXCHANGE_SIMPLE_RESPONSE_H_
#define ZEUS_BSO_SERVER_HTTP_EXCHANGE_SIMPLE_RESPONSE_H_

#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "server/http/exchange/message.h"

namespace zeus::bso::http {

inline Response MakeResponse(int status, absl::string_view content_type, std::string body) {
  Response response{.status = status};
  response.fields.Add("Content-Type", content_type);
  response.body = std::move(body);
  return response;
}

// An error that a client of either protocol can read: of Connect's it has the code, of Zeus' the message. Neither text
// holds what would have to be escaped in JSON.
inline Response MakeErrorResponse(int status, absl::string_view code, absl::string_view message) {
  return MakeResponse(status, "application/json",
                      absl::StrCat(R"({"code":")", code, R"(","message":")", message, R"("})"));
}

}  // namespace zeus::bso::http

#endif  // ZEUS_BSO_SERVER_HTTP_EXCHANGE_SIMPLE_RESPONSE_H_

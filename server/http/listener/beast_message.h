// Our requests and responses as Beast's, and back.
#ifndef ZEUS_BSO_SERVER_HTTP_LISTENER_BEAST_MESSAGE_H_
#define ZEUS_BSO_SERVER_HTTP_LISTENER_BEAST_MESSAGE_H_

#include "boost/beast/http/fields.hpp"
#include "boost/beast/http/message.hpp"
#include "server/http/exchange/message.h"

namespace zeus::bso::http {

namespace beast = boost::beast;

// The head of a request, without a body and a peer.
Request ToRequest(const beast::http::request_header<>& header);

// Fills in the head of a response, with what each response has: a date, and what tells browsers to keep it to
// themselves.
void FillHead(const Response& response, beast::http::response_header<>& header);

}  // namespace zeus::bso::http

#endif  // ZEUS_BSO_SERVER_HTTP_LISTENER_BEAST_MESSAGE_H_

// The streams that connections read and write.
#ifndef ZEUS_BSO_SERVER_HTTP_LISTENER_STREAMS_H_
#define ZEUS_BSO_SERVER_HTTP_LISTENER_STREAMS_H_

#include <openssl/ssl.h>

#include <optional>
#include <string>
#include <vector>

#include "boost/asio/generic/stream_protocol.hpp"
#include "boost/beast/core/basic_stream.hpp"
#include "boost/beast/ssl/ssl_stream.hpp"

namespace zeus::bso::http {

namespace asio = boost::asio;
namespace beast = boost::beast;

using PlainStream = beast::basic_stream<asio::generic::stream_protocol>;
using TlsStream = beast::ssl_stream<PlainStream>;

// The names of the certificate that the other end has shown, which was verified; nothing: it has shown none.
std::optional<std::vector<std::string>> CertificateNames(SSL* tls);

}  // namespace zeus::bso::http

#endif  // ZEUS_BSO_SERVER_HTTP_LISTENER_STREAMS_H_

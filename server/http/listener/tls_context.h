// What TLS connections are made with.
#ifndef ZEUS_BSO_SERVER_HTTP_LISTENER_TLS_CONTEXT_H_
#define ZEUS_BSO_SERVER_HTTP_LISTENER_TLS_CONTEXT_H_

#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "boost/asio/ssl/context.hpp"
#include "server/net/tls_files.h"

namespace zeus::bso::http {

// Not thread-safe.
class TlsContext {
 public:
  // INVALID_ARGUMENT: as net::CheckTlsFiles.
  static absl::StatusOr<std::unique_ptr<TlsContext>> Open(const net::TlsFiles& files);

  // What the files hold; looks at them once a second at most. While they cannot be used, what they held before.
  boost::asio::ssl::context& Current();

 private:
  explicit TlsContext(const net::TlsFiles& files) : files_(files) {}

  absl::Status Read();

  const net::TlsFiles files_;
  std::unique_ptr<boost::asio::ssl::context> context_;
  std::string seen_;  // What files_ looked like when they were read, whether they could be used or not.
  absl::Time next_look_ = absl::InfinitePast();
};

}  // namespace zeus::bso::http

#endif  // ZEUS_BSO_SERVER_HTTP_LISTENER_TLS_CONTEXT_H_

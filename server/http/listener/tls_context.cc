#include "server/http/listener/tls_context.h"

#include <openssl/ssl.h>
#include <sys/stat.h>

#include "absl/memory/memory.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "model/status_macros.h"
#include "spdlog/spdlog.h"

namespace zeus::bso::http {
namespace {

constexpr absl::Duration kLookInterval = absl::Seconds(1);

// What changes when a file does.
std::string LookAt(const std::string& path) {
  struct stat found {};
  if (stat(path.c_str(), &found) != 0) return "-";
  return absl::StrCat(found.st_dev, " ", found.st_ino, " ", found.st_size, " ", found.st_mtim.tv_sec, " ",
                      found.st_mtim.tv_nsec);
}

std::string LookAtAll(const net::TlsFiles& files) {
  return absl::StrCat(LookAt(files.certificate_chain), "\n", LookAt(files.private_key), "\n", LookAt(files.client_ca));
}

// Takes HTTP/1.1 where the client names protocols, and nothing else.
int ChooseProtocol(SSL*, const unsigned char** chosen, unsigned char* length, const unsigned char* offered,
                   unsigned int offered_length, void*) {
  static constexpr unsigned char kHttp11[] = "\x08http/1.1";
  unsigned char* found = nullptr;
  if (SSL_select_next_proto(&found, length, kHttp11, sizeof(kHttp11) - 1, offered, offered_length) !=
      OPENSSL_NPN_NEGOTIATED) {
    return SSL_TLSEXT_ERR_NOACK;
  }
  *chosen = found;
  return SSL_TLSEXT_ERR_OK;
}

}  // namespace

absl::StatusOr<std::unique_ptr<TlsContext>> TlsContext::Open(const net::TlsFiles& files) {
  auto context = absl::WrapUnique(new TlsContext(files));
  context->seen_ = LookAtAll(files);
  ZB_RETURN_IF_ERROR(context->Read());
  return context;
}

absl::Status TlsContext::Read() {
  ZB_RETURN_IF_ERROR(net::CheckTlsFiles(files_));
  auto context = std::make_unique<boost::asio::ssl::context>(boost::asio::ssl::context::tls_server);
  SSL_CTX* const handle = context->native_handle();
  SSL_CTX_set_min_proto_version(handle, TLS1_2_VERSION);
  // Without it, a session in which a certificate was shown cannot be resumed, and the client's next connection fails.
  static constexpr unsigned char kSessions[] = "zeus-bso";
  SSL_CTX_set_session_id_context(handle, kSessions, sizeof(kSessions) - 1);
  SSL_CTX_set_alpn_select_cb(handle, ChooseProtocol, nullptr);
  boost::system::error_code error;
  context->use_certificate_chain_file(files_.certificate_chain, error);
  if (!error) context->use_private_key_file(files_.private_key, boost::asio::ssl::context::pem, error);
  if (!error && !files_.client_ca.empty()) {
    context->load_verify_file(files_.client_ca, error);
    SSL_CTX_set_verify(handle, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
  }
  if (error) return absl::InvalidArgumentError(absl::StrCat("cannot use the files of TLS: ", error.message()));
  context_ = std::move(context);
  return absl::OkStatus();
}

boost::asio::ssl::context& TlsContext::Current() {
  const absl::Time now = absl::Now();
  if (now < next_look_) return *context_;
  next_look_ = now + kLookInterval;
  std::string seen = LookAtAll(files_);
  if (seen == seen_) return *context_;
  seen_ = std::move(seen);
  if (const absl::Status read = Read(); !read.ok()) {
    spdlog::warn("HTTP connections go on with the certificate from before: {}", std::string(read.message()));
  } else {
    spdlog::info("new HTTP connections use the certificate and key that were replaced");
  }
  return *context_;
}

}  // namespace zeus::bso::http

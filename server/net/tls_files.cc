#include "server/net/tls_files.h"

#include <openssl/err.h>
#include <openssl/ssl.h>

#include <cstring>
#include <memory>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

namespace zeus::bso::net {
namespace {

// OpenSSL would ask for it on the terminal, and gRPC has no way to.
int NoPassphrase(char*, int, int, void*) { return -1; }

absl::Status Unusable(absl::string_view what, const std::string& file) {
  const unsigned long error = ERR_peek_error();  // NOLINT(google-runtime-int): OpenSSL's type.
  const char* const reason =
      ERR_SYSTEM_ERROR(error) ? std::strerror(ERR_GET_REASON(error)) : ERR_reason_error_string(error);
  ERR_clear_error();
  return absl::InvalidArgumentError(
      absl::StrCat("cannot use '", file, "' as ", what, ": ", reason == nullptr ? "unknown reason" : reason));
}

}  // namespace

absl::Status CheckTlsFiles(const TlsFiles& files) {
  const std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> context(SSL_CTX_new(TLS_server_method()), SSL_CTX_free);
  ERR_clear_error();
  SSL_CTX_set_default_passwd_cb(context.get(), NoPassphrase);
  if (SSL_CTX_use_certificate_chain_file(context.get(), files.certificate_chain.c_str()) != 1) {
    return Unusable("a certificate", files.certificate_chain);
  }
  if (SSL_CTX_use_PrivateKey_file(context.get(), files.private_key.c_str(), SSL_FILETYPE_PEM) != 1 ||
      SSL_CTX_check_private_key(context.get()) != 1) {
    return Unusable("the key of that certificate", files.private_key);
  }
  if (!files.client_ca.empty() && SSL_CTX_load_verify_locations(context.get(), files.client_ca.c_str(), nullptr) != 1) {
    return Unusable("roots of certificates", files.client_ca);
  }
  return absl::OkStatus();
}

}  // namespace zeus::bso::net

#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "server/http/listener/basic_connection.h"

namespace zeus::bso::http {
namespace {

void AddText(const ASN1_STRING* text, std::vector<std::string>& names) {
  unsigned char* utf8 = nullptr;
  const int length = ASN1_STRING_to_UTF8(&utf8, text);
  if (length < 0) return;
  names.emplace_back(reinterpret_cast<const char*>(utf8), static_cast<size_t>(length));
  OPENSSL_free(utf8);
}

void AddAlternativeNames(X509& certificate, std::vector<std::string>& names) {
  auto* const alternatives =
      static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(&certificate, NID_subject_alt_name, nullptr, nullptr));
  if (alternatives == nullptr) return;
  for (int i = 0; i < sk_GENERAL_NAME_num(alternatives); ++i) {
    const GENERAL_NAME* const name = sk_GENERAL_NAME_value(alternatives, i);
    if (name->type == GEN_DNS || name->type == GEN_URI || name->type == GEN_EMAIL) AddText(name->d.ia5, names);
  }
  GENERAL_NAMES_free(alternatives);
}

void AddCommonName(const X509& certificate, std::vector<std::string>& names) {
  const X509_NAME* const subject = X509_get_subject_name(&certificate);
  const int place = X509_NAME_get_index_by_NID(subject, NID_commonName, -1);
  if (place < 0) return;
  AddText(X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, place)), names);
}

}  // namespace

std::optional<std::vector<std::string>> CertificateNames(SSL* tls) {
  const std::unique_ptr<X509, decltype(&X509_free)> certificate(SSL_get1_peer_certificate(tls), X509_free);
  if (certificate == nullptr || SSL_get_verify_result(tls) != X509_V_OK) return std::nullopt;
  std::vector<std::string> names;
  AddAlternativeNames(*certificate, names);
  AddCommonName(*certificate, names);
  return names;
}

std::shared_ptr<Connection> MakeTlsConnection(ConnectionHost& host, Socket socket, PeerAddress peer,
                                              boost::asio::ssl::context& tls) {
  return std::make_shared<BasicConnection<TlsStream>>(host, std::move(peer), TlsStream(std::move(socket), tls));
}

}  // namespace zeus::bso::http

// Tokens, and the lines of a roles file that grant them something.
#ifndef ZEUS_BSO_TESTS_SUPPORT_TOKENS_H_
#define ZEUS_BSO_TESTS_SUPPORT_TOKENS_H_

#include <openssl/evp.h>

#include <string>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"

namespace zeus::bso::testing {

inline std::string Sha256Of(const std::string& token) {
  std::string hash(32, '\0');
  EVP_Digest(token.data(), token.size(), reinterpret_cast<unsigned char*>(hash.data()), nullptr, EVP_sha256(), nullptr);
  return absl::BytesToHexString(hash);
}

inline std::string TokenGrant(const std::string& role, const std::string& token) {
  return absl::StrCat(role, " token ", Sha256Of(token), "\n");
}

}  // namespace zeus::bso::testing

#endif  // ZEUS_BSO_TESTS_SUPPORT_TOKENS_H_

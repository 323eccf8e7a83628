// Sha256 of what is appended, number by number, least significant byte first.

#ifndef ZEUS_BSO_TESTS_SERVER_RANDOM_SHA256_H_
#define ZEUS_BSO_TESTS_SERVER_RANDOM_SHA256_H_

#include <openssl/evp.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

namespace zeus::bso::random {

class Sha256 {
 public:
  Sha256() : context_(EVP_MD_CTX_new(), &EVP_MD_CTX_free) { EVP_DigestInit_ex(context_.get(), EVP_sha256(), nullptr); }

  void Append(std::uint64_t number) {
    std::array<unsigned char, 8> bytes;
    for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<unsigned char>(number >> (8 * i));
    EVP_DigestUpdate(context_.get(), bytes.data(), bytes.size());
  }

  // Ends the digest; nothing may be appended any more.
  std::string Hexadecimal() {
    std::array<unsigned char, 32> digest;
    EVP_DigestFinal_ex(context_.get(), digest.data(), nullptr);
    std::string text;
    for (const unsigned char byte : digest) {
      text += "0123456789abcdef"[byte >> 4];
      text += "0123456789abcdef"[byte & 15];
    }
    return text;
  }

 private:
  std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context_;
};

}  // namespace zeus::bso::random

#endif  // ZEUS_BSO_TESTS_SERVER_RANDOM_SHA256_H_

// Certificates as people make them: by openssl, in files.
#ifndef ZEUS_BSO_TESTS_SUPPORT_CERTIFICATES_H_
#define ZEUS_BSO_TESTS_SUPPORT_CERTIFICATES_H_

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string>

#include "absl/strings/str_cat.h"
#include "tests/support/temp_dir.h"

namespace zeus::bso::testing {

// A root, and what it signed. Files are PEM.
class CertificateAuthority {
 public:
  CertificateAuthority() {
    Run(absl::StrCat("openssl req -x509 ", kNewKey, " -keyout ", Key("ca"), " -out ", Certificate("ca"),
                     " -subj /CN=root -days 30"));
  }

  // Signs a certificate with this common name, of this machine, "localhost", or of other alternative names as openssl
  // takes them. It ends in `days`; a negative number is past.
  void Issue(const std::string& name, int days = 30,
             const std::string& alternative_names = "DNS:localhost,IP:127.0.0.1") const {
    const std::string request = directory_ / (name + ".csr");
    const std::string extensions = directory_ / "extensions";
    std::ofstream(extensions) << "subjectAltName=" << alternative_names << "\n";
    Run(absl::StrCat("openssl req ", kNewKey, " -keyout ", Key(name), " -out ", request, " -subj /CN=", name));
    Run(absl::StrCat("openssl x509 -req -in ", request, " -CA ", Certificate("ca"), " -CAkey ", Key("ca"),
                     " -CAcreateserial -out ", Certificate(name), " -days ", days, " -extfile ", extensions));
  }

  // Paths; the root's name is "ca".
  std::string Certificate(const std::string& name) const { return directory_ / (name + ".pem"); }
  std::string Key(const std::string& name) const { return directory_ / (name + ".key"); }

  static std::string Contents(const std::string& path) {
    std::ifstream file(path);
    return {std::istreambuf_iterator<char>(file), {}};
  }

 private:
  static constexpr char kNewKey[] = "-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes";

  static void Run(const std::string& command) {
    if (std::system((command + " >/dev/null 2>&1").c_str()) != 0) throw std::runtime_error("failed: " + command);
  }

  TempDir directory_;
};

}  // namespace zeus::bso::testing

#endif  // ZEUS_BSO_TESTS_SUPPORT_CERTIFICATES_H_

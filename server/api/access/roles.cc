#include "server/api/access/roles.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include <algorithm>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "model/status_macros.h"

namespace zeus::bso::api {
namespace {

constexpr absl::string_view kJobs = "jobs=";
constexpr std::array kAllRoles = {Role::kReader, Role::kTrainer, Role::kAdmin};

bool IsSpace(char letter) { return absl::ascii_isspace(static_cast<unsigned char>(letter)); }

absl::string_view WithoutComment(absl::string_view line) {
  for (size_t i = 0; i < line.size(); ++i) {
    if (line[i] == '#' && (i == 0 || IsSpace(line[i - 1]))) return line.substr(0, i);
  }
  return line;
}

// Takes the first word off a line.
absl::string_view TakeWord(absl::string_view& line) {
  const auto end = std::find_if(line.begin(), line.end(), IsSpace);
  const absl::string_view word = line.substr(0, static_cast<size_t>(end - line.begin()));
  line = absl::StripLeadingAsciiWhitespace(line.substr(word.size()));
  return word;
}

// The jobs of a word such as "jobs=team-a/*,nightly".
absl::StatusOr<std::vector<JobPattern>> ParseJobs(absl::string_view word) {
  std::vector<JobPattern> jobs;
  absl::ConsumePrefix(&word, kJobs);
  for (absl::string_view text : absl::StrSplit(word, ',')) {
    const bool is_prefix = absl::ConsumeSuffix(&text, "*");
    if (text.empty()) {
      return absl::InvalidArgumentError("after 'jobs=' must come job ids, or what they begin with and a *");
    }
    if (absl::StrContains(text, '*')) return absl::InvalidArgumentError("a * may be at the end of a job id only");
    jobs.push_back({std::string(text), is_prefix});
  }
  return jobs;
}

}  // namespace

absl::string_view RoleName(Role role) {
  switch (role) {
    case Role::kReader:
      return "reader";
    case Role::kTrainer:
      return "trainer";
    case Role::kAdmin:
      break;
  }
  return "admin";
}

absl::StatusOr<Roles> Roles::Parse(absl::string_view text) {
  Roles roles;
  int number = 0;
  for (const absl::string_view line : absl::StrSplit(text, '\n')) {
    ++number;
    if (const absl::Status added = roles.AddLine(line); !added.ok()) {
      return absl::InvalidArgumentError(absl::StrCat("line ", number, ": ", added.message()));
    }
  }
  // A file that is just being written looks like this; and with it, nobody could do anything.
  if (roles.tokens_.empty() && roles.certificates_.empty()) {
    return absl::InvalidArgumentError(absl::StrCat("line ", number, ": the file ends and has granted nothing"));
  }
  return roles;
}

absl::Status Roles::AddLine(absl::string_view line) {
  line = absl::StripAsciiWhitespace(WithoutComment(line));
  if (line.empty()) return absl::OkStatus();
  const absl::string_view name = TakeWord(line);
  const auto* const role =
      std::find_if(kAllRoles.begin(), kAllRoles.end(), [&](Role r) { return RoleName(r) == name; });
  if (role == kAllRoles.end()) return absl::InvalidArgumentError("the role must be reader, trainer or admin");
  Grant grant{.role = *role};
  if (absl::StartsWith(line, kJobs)) {
    ZB_ASSIGN_OR_RETURN(grant.jobs, ParseJobs(TakeWord(line)));
  }
  const absl::string_view kind = TakeWord(line);
  if (kind == "token") return AddToken(std::move(grant), line);
  if (kind == "certificate") return AddCertificate(std::move(grant), line);
  return absl::InvalidArgumentError("after the role must come 'jobs=', 'token' or 'certificate'");
}

absl::Status Roles::AddToken(Grant grant, absl::string_view hexadecimal) {
  Sha256 hash{};
  if (hexadecimal.size() != 2 * hash.size() ||
      !std::all_of(hexadecimal.begin(), hexadecimal.end(), absl::ascii_isxdigit)) {
    return absl::InvalidArgumentError("after 'token' must come the SHA-256 of the token: 64 hexadecimal digits");
  }
  const std::string bytes = absl::HexStringToBytes(hexadecimal);
  std::copy(bytes.begin(), bytes.end(), hash.begin());
  const bool is_there = std::any_of(tokens_.begin(), tokens_.end(), [&](const TokenGrant& other) {
    return other.hash == hash && other.grant.jobs == grant.jobs;
  });
  if (is_there) return absl::InvalidArgumentError("this token has a role for these jobs already");
  tokens_.push_back({.hash = hash, .grant = std::move(grant)});
  return absl::OkStatus();
}

absl::Status Roles::AddCertificate(Grant grant, absl::string_view name) {
  if (name.empty()) return absl::InvalidArgumentError("after 'certificate' must come a name");
  std::vector<Grant>& grants = certificates_[name];
  if (std::any_of(grants.begin(), grants.end(), [&](const Grant& other) { return other.jobs == grant.jobs; })) {
    return absl::InvalidArgumentError("this certificate has a role for these jobs already");
  }
  grants.push_back(std::move(grant));
  return absl::OkStatus();
}

Roles::Sha256 Roles::HashOf(absl::string_view token) {
  // Looking an algorithm up takes OpenSSL longer than the hash of a token.
  static const EVP_MD* const algorithm = EVP_MD_fetch(nullptr, "SHA256", nullptr);
  Sha256 hash{};
  EVP_Digest(token.data(), token.size(), hash.data(), nullptr, algorithm, nullptr);
  return hash;
}

std::vector<Grant> Roles::OfToken(absl::string_view token) const {
  const Sha256 hash = HashOf(token);
  std::vector<Grant> grants;
  for (const TokenGrant& known : tokens_) {
    if (CRYPTO_memcmp(known.hash.data(), hash.data(), hash.size()) == 0) grants.push_back(known.grant);
  }
  return grants;
}

std::vector<Grant> Roles::OfCertificate(absl::string_view name) const {
  const auto found = certificates_.find(name);
  return found != certificates_.end() ? found->second : std::vector<Grant>();
}

}  // namespace zeus::bso::api

#include "server/api/page_token.h"

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "server/api/errors/field_errors.h"

namespace zeus::bso::api {

std::string MakePageToken(absl::string_view query, absl::string_view last) {
  return absl::WebSafeBase64Escape(absl::StrCat(query.size(), ":", query, last));
}

absl::StatusOr<std::string> ParsePageToken(absl::string_view token, absl::string_view query) {
  if (token.empty()) return std::string();
  std::string decoded;
  absl::string_view rest;
  if (absl::WebSafeBase64Unescape(token, &decoded)) rest = decoded;
  if (absl::ConsumePrefix(&rest, absl::StrCat(query.size(), ":", query)) && !rest.empty()) return std::string(rest);
  return InvalidPageToken();
}

absl::Status InvalidPageToken() {
  FieldErrors errors;
  errors.Check(false, "page_token", "must be the next_page_token of an answer to the same request");
  return errors.ToStatus();
}

}  // namespace zeus::bso::api

// Where a list goes on. A token is opaque to clients and good for one query only.
#ifndef ZEUS_BSO_SERVER_API_PAGE_TOKEN_H_
#define ZEUS_BSO_SERVER_API_PAGE_TOKEN_H_

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace zeus::bso::api {

// A token for the rows after `last` of the list that `query` names.
std::string MakePageToken(absl::string_view query, absl::string_view last);

// `last` of a token that was made for `query`; empty for an empty token, which means from the beginning. INVALID_FIELD
// for anything else.
absl::StatusOr<std::string> ParsePageToken(absl::string_view token, absl::string_view query);

// The error for a token that does not say where to go on.
absl::Status InvalidPageToken();

}  // namespace zeus::bso::api

#endif  // ZEUS_BSO_SERVER_API_PAGE_TOKEN_H_

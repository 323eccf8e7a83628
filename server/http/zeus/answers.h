// The responses of Zeus' protocol. All forbid caching.
#ifndef ZEUS_BSO_SERVER_HTTP_ZEUS_ANSWERS_H_
#define ZEUS_BSO_SERVER_HTTP_ZEUS_ANSWERS_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "server/http/exchange/message.h"
#include "server/http/zeus/problem.h"

namespace zeus::bso::http {

// `json` is the whole body.
Response JsonAnswer(int status, std::string json);

// {"message": text}: how the reference's server reports an error of its own.
Response MessageAnswer(int status, absl::string_view message);

// {"detail": text}: how its framework, FastAPI, reports that it cannot serve a request.
Response DetailAnswer(int status, absl::string_view detail);

// Status 422, {"detail": [...]}.
Response ProblemsAnswer(const std::vector<Problem>& problems);

// The response to a call that failed. An unknown job or trial is answered with `unknown_status`.
Response ErrorAnswer(const absl::Status& status, int unknown_status);

}  // namespace zeus::bso::http

#endif  // ZEUS_BSO_SERVER_HTTP_ZEUS_ANSWERS_H_

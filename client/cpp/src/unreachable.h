// Why nobody answers, in words: gRPC says it for those who know its insides.
#ifndef ZEUS_BSO_CLIENT_CPP_SRC_UNREACHABLE_H_
#define ZEUS_BSO_CLIENT_CPP_SRC_UNREACHABLE_H_

#include <string>

#include "absl/strings/string_view.h"

namespace zeus::bso::client_internal {

// Rewrites the message of an UNAVAILABLE error of gRPC. Returns a message that it does not know unchanged.
std::string ExplainUnreachable(absl::string_view message);

}  // namespace zeus::bso::client_internal

#endif  // ZEUS_BSO_CLIENT_CPP_SRC_UNREACHABLE_H_

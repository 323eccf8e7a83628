// Calls by the name of a method, with bytes and metadata of one's choice.
#ifndef ZEUS_BSO_TESTS_SUPPORT_GENERIC_CALL_H_
#define ZEUS_BSO_TESTS_SUPPORT_GENERIC_CALL_H_

#include <map>
#include <memory>
#include <string>

#include "tests/support/rpc_client.h"

namespace zeus::bso::testing {

using CallMetadata = std::multimap<std::string, std::string>;

inline CallMetadata Bearer(const std::string& token) { return {{"authorization", "Bearer " + token}}; }

// Calls "/package.Service/Method" with this request. A stream of one request and at most one answer looks like a unary
// call; only the status is of use if a stream ends without an answer.
Reply<std::string> GenericCall(const std::shared_ptr<grpc::Channel>& channel, const std::string& method,
                               const CallMetadata& metadata = {}, const std::string& request = "");

// Asks server reflection for the services.
Reply<std::string> ListServices(const std::shared_ptr<grpc::Channel>& channel, const CallMetadata& metadata = {});

}  // namespace zeus::bso::testing

#endif  // ZEUS_BSO_TESTS_SUPPORT_GENERIC_CALL_H_

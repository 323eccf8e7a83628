// The client's side of gRPC's health service.
#ifndef ZEUS_BSO_TESTS_SUPPORT_HEALTH_CLIENT_H_
#define ZEUS_BSO_TESTS_SUPPORT_HEALTH_CLIENT_H_

#include <memory>
#include <string>

namespace grpc {
class Channel;
}  // namespace grpc

namespace zeus::bso::testing {

// Checks the health of `service`, or of the whole server if it is empty. Returns "SERVING" or the name of the error.
std::string CheckHealth(const std::shared_ptr<grpc::Channel>& channel, const std::string& service = "");

}  // namespace zeus::bso::testing

#endif  // ZEUS_BSO_TESTS_SUPPORT_HEALTH_CLIENT_H_

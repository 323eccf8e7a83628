// The client's side of gRPC's health service.
#ifndef ZEUS_BSO_TESTS_SUPPORT_HEALTH_CLIENT_H_
#define ZEUS_BSO_TESTS_SUPPORT_HEALTH_CLIENT_H_

#include <memory>
#include <string>

namespace grpc {
class Channel;
}  // namespace grpc

namespace zeus::bso::testing {

// What a health check of `service` answers, as "SERVING" or the name of the error; empty: the whole server.
std::string CheckHealth(const std::shared_ptr<grpc::Channel>& channel, const std::string& service = "");

}  // namespace zeus::bso::testing

#endif  // ZEUS_BSO_TESTS_SUPPORT_HEALTH_CLIENT_H_

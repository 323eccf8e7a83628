// What every answer of the server must be, whatever was asked.
#ifndef ZEUS_BSO_TESTS_FUZZ_ANSWERS_H_
#define ZEUS_BSO_TESTS_FUZZ_ANSWERS_H_

#include <string>
#include <vector>

#include "google/protobuf/descriptor.h"
#include "grpcpp/support/status.h"

namespace zeus::bso::fuzz {

// Where the rows that an answer was made from came from.
enum class Rows {
  kOwn,      // The server wrote them.
  kHostile,  // Anybody did.
};

// OK, or an error that has exactly one google.rpc.ErrorInfo, of domain "zeus.bso" and with a reason that is not
// INTERNAL nor, of own rows, STORAGE_CORRUPTED.
void CheckStatus(const grpc::Status& status, Rows rows);

// A response of `method`: it is one and, of own rows, has no number that is not finite but where its proto allows it,
// and no enum without a value.
void CheckResponse(const google::protobuf::MethodDescriptor& method, const std::string& response, Rows rows);

// The events that one caller of WatchJob got until the job was deleted or was not there: every change once and in
// order.
void CheckEvents(const std::vector<std::string>& events);

// What gRPC itself answers to a request that is no message of the method's type: the handler never sees it.
bool IsRefusedByGrpc(const grpc::Status& status);

}  // namespace zeus::bso::fuzz

#endif  // ZEUS_BSO_TESTS_FUZZ_ANSWERS_H_

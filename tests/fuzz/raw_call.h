// Calls of any method with any bytes, one operation after the other on the calling thread.
#ifndef ZEUS_BSO_TESTS_FUZZ_RAW_CALL_H_
#define ZEUS_BSO_TESTS_FUZZ_RAW_CALL_H_

#include <memory>
#include <optional>
#include <string>

#include "google/protobuf/descriptor.h"
#include "grpcpp/channel.h"
#include "grpcpp/client_context.h"
#include "grpcpp/completion_queue.h"
#include "grpcpp/generic/generic_stub.h"
#include "grpcpp/support/status.h"

namespace zeus::bso::fuzz {

// What came back. The response of a call that did not succeed is empty.
struct RawAnswer {
  grpc::Status status;
  std::string response;
};

// A call with one request and one response.
RawAnswer CallUnary(const std::shared_ptr<grpc::Channel>& channel, const google::protobuf::MethodDescriptor& method,
                    const std::string& request);

// A call of which either side is a stream.
class RawStream {
 public:
  RawStream(const std::shared_ptr<grpc::Channel>& channel, const google::protobuf::MethodDescriptor& method);

  // The call must have been finished.
  ~RawStream();

  // False: the call has ended.
  bool Write(const std::string& message);

  // Says that no more is written.
  void WritesDone();

  // The next message, waiting for it; nothing when the call has ended.
  std::optional<std::string> Read();

  void Cancel() { context_.TryCancel(); }

  // How it ended; waits for it. To be called when there is nothing left to read.
  grpc::Status Finish();

 private:
  // Waits for the one operation that was started; whether it succeeded.
  bool Wait();

  grpc::ClientContext context_;
  grpc::CompletionQueue queue_;
  std::unique_ptr<grpc::GenericClientAsyncReaderWriter> stream_;
};

}  // namespace zeus::bso::fuzz

#endif  // ZEUS_BSO_TESTS_FUZZ_RAW_CALL_H_

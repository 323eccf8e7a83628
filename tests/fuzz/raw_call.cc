#include "tests/fuzz/raw_call.h"

#include <vector>

#include "absl/strings/str_cat.h"
#include "grpcpp/support/byte_buffer.h"
#include "grpcpp/support/slice.h"

namespace zeus::bso::fuzz {
namespace {

std::string PathOf(const google::protobuf::MethodDescriptor& method) {
  return absl::StrCat("/", method.service()->full_name(), "/", method.name());
}

grpc::ByteBuffer ToBuffer(const std::string& bytes) {
  const grpc::Slice slice(bytes);
  return {&slice, 1};
}

std::string ToString(const grpc::ByteBuffer& buffer) {
  std::vector<grpc::Slice> slices;
  std::string bytes;
  if (!buffer.Dump(&slices).ok()) return bytes;
  for (const grpc::Slice& slice : slices) bytes.append(reinterpret_cast<const char*>(slice.begin()), slice.size());
  return bytes;
}

bool Next(grpc::CompletionQueue& queue) {
  void* tag = nullptr;
  bool succeeded = false;
  return queue.Next(&tag, &succeeded) && succeeded;
}

void Drain(grpc::CompletionQueue& queue) {
  queue.Shutdown();
  void* tag = nullptr;
  bool succeeded = false;
  while (queue.Next(&tag, &succeeded)) {
  }
}

}  // namespace

RawAnswer CallUnary(const std::shared_ptr<grpc::Channel>& channel, const google::protobuf::MethodDescriptor& method,
                    const std::string& request) {
  grpc::ClientContext context;
  grpc::CompletionQueue queue;
  const auto call = grpc::GenericStub(channel).PrepareUnaryCall(&context, PathOf(method), ToBuffer(request), &queue);
  call->StartCall();
  RawAnswer answer;
  grpc::ByteBuffer response;
  call->Finish(&response, &answer.status, nullptr);
  Next(queue);
  if (answer.status.ok()) answer.response = ToString(response);
  Drain(queue);
  return answer;
}

RawStream::RawStream(const std::shared_ptr<grpc::Channel>& channel, const google::protobuf::MethodDescriptor& method)
    : stream_(grpc::GenericStub(channel).PrepareCall(&context_, PathOf(method), &queue_)) {
  stream_->StartCall(nullptr);
  Wait();
}

RawStream::~RawStream() { Drain(queue_); }

bool RawStream::Write(const std::string& message) {
  stream_->Write(ToBuffer(message), nullptr);
  return Wait();
}

void RawStream::WritesDone() {
  stream_->WritesDone(nullptr);
  Wait();
}

std::optional<std::string> RawStream::Read() {
  grpc::ByteBuffer message;
  stream_->Read(&message, nullptr);
  if (!Wait()) return std::nullopt;
  return ToString(message);
}

grpc::Status RawStream::Finish() {
  grpc::Status status;
  stream_->Finish(&status, nullptr);
  Wait();
  return status;
}

bool RawStream::Wait() { return Next(queue_); }

}  // namespace zeus::bso::fuzz

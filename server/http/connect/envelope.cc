#include "server/http/connect/envelope.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "model/error.h"
#include "model/status_macros.h"
#include "server/http/connect/error.h"

namespace zeus::bso::http {
namespace {

constexpr char kNoFlags = 0;
constexpr char kEndOfStream = 2;

constexpr size_t kHeaderBytes = 5;

std::string WithFlags(char flags, absl::string_view message) {
  std::string envelope(1, flags);
  for (const int shift : {24, 16, 8, 0}) envelope += static_cast<char>((message.size() >> shift) & 0xff);
  return absl::StrCat(envelope, message);
}

}  // namespace

std::string Envelope(absl::string_view message) { return WithFlags(kNoFlags, message); }

std::string EndOfStream(const absl::Status& status) {
  return WithFlags(kEndOfStream, status.ok() ? "{}" : absl::StrCat("{\"error\":", ErrorJson(status), "}"));
}

void EnvelopeDecoder::Add(std::string part) {
  part_ = std::move(part);
  num_used_ = 0;
}

absl::StatusOr<std::optional<std::string>> EnvelopeDecoder::Next() {
  if (!Fill(header_, kHeaderBytes)) return std::nullopt;
  ZB_RETURN_IF_ERROR(CheckHeader());
  if (!Fill(message_, MessageBytes())) return std::nullopt;
  header_.clear();
  return std::exchange(message_, std::string());
}

bool EnvelopeDecoder::Fill(std::string& target, size_t size) {
  const size_t added = std::min(size - target.size(), part_.size() - num_used_);
  target.append(part_, num_used_, added);
  num_used_ += added;
  return target.size() == size;
}

absl::Status EnvelopeDecoder::CheckHeader() const {
  const char flags = header_.front();
  if (flags != kNoFlags) {
    return MakeError(Reason::kInvalidField, "the flags of a message in a request must be 0; it must not be compressed");
  }
  if (MessageBytes() <= kMaxMessageBytes) return absl::OkStatus();
  return absl::ResourceExhaustedError(
      absl::StrCat("a message has ", MessageBytes(), " bytes, more than ", kMaxMessageBytes));
}

size_t EnvelopeDecoder::MessageBytes() const {
  size_t bytes = 0;
  for (size_t i = 1; i < kHeaderBytes; ++i) bytes = (bytes << 8) | static_cast<unsigned char>(header_[i]);
  return bytes;
}

absl::Status EnvelopeDecoder::CheckEnd() const {
  if (header_.empty()) return absl::OkStatus();
  return MakeError(Reason::kInvalidField, "the request ends within a message");
}

absl::StatusOr<std::string> OnlyMessage(std::string stream) {
  EnvelopeDecoder decoder;
  decoder.Add(std::move(stream));
  ZB_ASSIGN_OR_RETURN(std::optional<std::string> message, decoder.Next());
  ZB_ASSIGN_OR_RETURN(const std::optional<std::string> second, decoder.Next());
  if (second.has_value()) return absl::UnimplementedError("the request has several messages; this method takes one");
  ZB_RETURN_IF_ERROR(decoder.CheckEnd());
  if (!message.has_value()) return absl::UnimplementedError("the request has no message; this method takes one");
  return *std::move(message);
}

}  // namespace zeus::bso::http

#include "server/http/connect/envelope.h"

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "catch2/catch.hpp"
#include "model/error.h"

namespace zeus::bso::http {
namespace {

struct Decoded {
  std::vector<std::string> messages;
  absl::Status error;  // Also that of CheckEnd.
};

// Decodes a stream that comes in parts of `part_size` bytes.
Decoded DecodeInParts(const std::string& stream, size_t part_size) {
  Decoded decoded;
  EnvelopeDecoder decoder;
  for (size_t begin = 0; begin < stream.size(); begin += part_size) {
    decoder.Add(stream.substr(begin, part_size));
    while (true) {
      const absl::StatusOr<std::optional<std::string>> message = decoder.Next();
      if (!message.ok()) {
        decoded.error = message.status();
        return decoded;
      }
      if (!message->has_value()) break;
      decoded.messages.push_back(**message);
    }
  }
  decoded.error = decoder.CheckEnd();
  return decoded;
}

std::string HeaderOf(char flags, uint32_t bytes) {
  std::string header(1, flags);
  for (const int shift : {24, 16, 8, 0}) header += static_cast<char>((bytes >> shift) & 0xff);
  return header;
}

}  // namespace

TEST_CASE("An envelope is a byte of flags, four bytes of length, and the message") {
  CHECK(Envelope("") == std::string(5, '\0'));
  CHECK(Envelope("abc") == std::string("\0\0\0\0\3abc", 8));
  CHECK(Envelope(std::string(258, 'x')).substr(0, 5) == std::string("\0\0\0\1\2", 5));
}

TEST_CASE("The end of a stream is JSON, with the error if there is one") {
  CHECK(EndOfStream(absl::OkStatus()) == std::string("\2\0\0\0\2{}", 7));
  const std::string end = EndOfStream(absl::NotFoundError("gone"));
  CHECK(end.front() == 2);
  CHECK(end.substr(5) == R"({"error":{"code":"not_found","message":"gone"}})");
  CHECK(EndOfStream(MakeError(Reason::kJobNotFound, "gone")).find("google.rpc.ErrorInfo") != std::string::npos);
}

TEST_CASE("Messages are found wherever the parts of a stream begin and end") {
  const std::vector<std::string> messages = {"", "a", std::string(300, 'b'), "", std::string("\0\1\2", 3)};
  std::string stream;
  for (const std::string& message : messages) stream += Envelope(message);
  for (size_t part_size = 1; part_size <= stream.size(); ++part_size) {
    const Decoded decoded = DecodeInParts(stream, part_size);
    CHECK(decoded.error.ok());
    CHECK(decoded.messages == messages);
  }
}

TEST_CASE("A stream that ends within a message is cut off") {
  const std::string stream = Envelope("abc");
  for (size_t size = 0; size <= stream.size(); ++size) {
    const bool is_whole = size == 0 || size == stream.size();
    CHECK(DecodeInParts(stream.substr(0, size), 1).error.ok() == is_whole);
  }
  CHECK(HasReason(DecodeInParts(stream.substr(0, 7), 7).error, Reason::kInvalidField));
}

TEST_CASE("A message of more than 1 MiB is refused at its header, one of 1 MiB is not") {
  const std::string largest(kMaxMessageBytes, 'x');
  const Decoded whole = DecodeInParts(Envelope(largest), 65536);
  CHECK(whole.error.ok());
  CHECK((whole.messages == std::vector<std::string>{largest}));
  CHECK(DecodeInParts(HeaderOf(0, kMaxMessageBytes + 1), 5).error.code() == absl::StatusCode::kResourceExhausted);
  CHECK(DecodeInParts(HeaderOf(0, 0xffffffff), 1).error.code() == absl::StatusCode::kResourceExhausted);
}

TEST_CASE("A message that is compressed, or has other flags, is refused") {
  for (int flags = 1; flags < 256; ++flags) {
    CHECK(HasReason(DecodeInParts(HeaderOf(static_cast<char>(flags), 0), 5).error, Reason::kInvalidField));
  }
}

TEST_CASE("A request with one message has exactly one") {
  CHECK(*OnlyMessage(Envelope("abc")) == "abc");
  CHECK(OnlyMessage(Envelope(""))->empty());
  CHECK(OnlyMessage("").status().code() == absl::StatusCode::kUnimplemented);
  CHECK(OnlyMessage(Envelope("a") + Envelope("b")).status().code() == absl::StatusCode::kUnimplemented);
  CHECK(HasReason(OnlyMessage(Envelope("a") + "b").status(), Reason::kInvalidField));
  CHECK(HasReason(OnlyMessage("{\"job_id\":\"job\"}").status(), Reason::kInvalidField));
}

}  // namespace zeus::bso::http

// The envelopes in which streams of the Connect protocol carry messages.
//
//   stream    = { envelope }
//   envelope  = flags length message
//   flags     one byte: 1 the message is compressed, 2 it is the end of a response stream; the other bits are reserved
//   length    four bytes, big-endian: the number of bytes of the message
//
// The last envelope of a response stream, and no other, is its end: the JSON {}, or {"error": ...} (error.h).
#ifndef ZEUS_BSO_SERVER_HTTP_CONNECT_ENVELOPE_H_
#define ZEUS_BSO_SERVER_HTTP_CONNECT_ENVELOPE_H_

#include <cstddef>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace zeus::bso::http {

// What gRPC takes, too.
inline constexpr size_t kMaxMessageBytes = size_t{1} << 20;

// A message of a response stream.
std::string Envelope(absl::string_view message);

// The end of a response stream: `status` is the call's outcome.
std::string EndOfStream(const absl::Status& status);

// Finds the messages in a request stream that comes in parts. Holds one message and one part at most. Not thread-safe.
class EnvelopeDecoder {
 public:
  // Adds a part, after Next has returned nothing.
  void Add(std::string part);

  // The next message. Nothing: it has not come as a whole. Errors, after which the stream is to be dropped:
  // RESOURCE_EXHAUSTED: the message has more than kMaxMessageBytes bytes. INVALID_FIELD: it is compressed, or
  // another flag is set.
  absl::StatusOr<std::optional<std::string>> Next();

  // Checks that the stream can end here, after Next has returned nothing. INVALID_FIELD: it was cut off.
  absl::Status CheckEnd() const;

 private:
  // Moves bytes from the part to `target` until it has `size` of them, or the part has no more.
  bool Fill(std::string& target, size_t size);
  absl::Status CheckHeader() const;
  size_t MessageBytes() const;

  std::string part_;
  size_t num_used_ = 0;  // Bytes of the part.
  std::string header_;   // Of the message that is coming.
  std::string message_;
};

// The message of a request stream that has exactly one. Errors: those of EnvelopeDecoder. UNIMPLEMENTED: there is
// none, or there are several.
absl::StatusOr<std::string> OnlyMessage(std::string stream);

}  // namespace zeus::bso::http

#endif  // ZEUS_BSO_SERVER_HTTP_CONNECT_ENVELOPE_H_

// What the headers of a call of the Connect protocol say (connectrpc.com/docs/protocol).
#ifndef ZEUS_BSO_SERVER_HTTP_CONNECT_HEADERS_H_
#define ZEUS_BSO_SERVER_HTTP_CONNECT_HEADERS_H_

#include <chrono>
#include <optional>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "server/http/connect/codec.h"
#include "server/http/exchange/message.h"

namespace zeus::bso::http {

// Unary calls send bare messages, streams send envelopes (envelope.h), each with content types of their own.
enum class CallKind { kUnary, kStream };

absl::string_view ContentType(CallKind kind, Codec codec);

// The codec that the content type of a request names. Nothing: the type is not one of this kind of call; respond with
// status 415.
std::optional<Codec> CodecOf(CallKind kind, const Fields& fields);

// Checks the protocol's version and that nothing is compressed, and returns how long the caller waits; infinite if it
// does not say. INVALID_FIELD; UNIMPLEMENTED: the encoding is not supported.
absl::StatusOr<absl::Duration> CheckHeaders(CallKind kind, const Fields& fields);

// The deadline of a caller that waits for `timeout` from now on.
std::chrono::system_clock::time_point DeadlineAfter(absl::Duration timeout);

}  // namespace zeus::bso::http

#endif  // ZEUS_BSO_SERVER_HTTP_CONNECT_HEADERS_H_

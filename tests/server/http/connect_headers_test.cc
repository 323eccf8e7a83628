#include <optional>
#include <string>

#include "catch2/catch.hpp"
#include "model/error.h"
#include "server/http/connect/headers.h"

namespace zeus::bso::http {
namespace {

Fields OneField(const std::string& name, const std::string& value) {
  Fields fields;
  fields.Add(name, value);
  return fields;
}

std::optional<Codec> StreamCodecOf(const std::string& type) {
  return CodecOf(CallKind::kStream, OneField("content-type", type));
}

absl::StatusOr<absl::Duration> TimeoutIn(const std::string& text) {
  return CheckHeaders(CallKind::kUnary, OneField("connect-timeout-ms", text));
}

}  // namespace

TEST_CASE("The content type names the codec, with parameters or without") {
  CHECK(StreamCodecOf("application/connect+json") == Codec::kJson);
  CHECK(StreamCodecOf("Application/Connect+Proto") == Codec::kProto);
  CHECK(StreamCodecOf("application/connect+json; charset=utf-8") == Codec::kJson);
  CHECK(StreamCodecOf("application/connect+json ;x") == Codec::kJson);
  CHECK(CodecOf(CallKind::kUnary, OneField("Content-Type", "application/json;charset=utf-8")) == Codec::kJson);
  CHECK(CodecOf(CallKind::kUnary, OneField("Content-Type", "application/proto")) == Codec::kProto);
}

TEST_CASE("Other content types, none and several name no codec") {
  for (const std::string type : {"", ";", "application/json", "application/connect+xml", "application/connect+jsonx",
                                 "text/plain", "application/grpc"}) {
    CHECK_FALSE(StreamCodecOf(type).has_value());
  }
  CHECK_FALSE(CodecOf(CallKind::kUnary, OneField("content-type", "application/connect+json")).has_value());
  CHECK_FALSE(CodecOf(CallKind::kStream, {}).has_value());
  Fields twice = OneField("content-type", "application/connect+json");
  twice.Add("Content-Type", "application/connect+json");
  CHECK_FALSE(CodecOf(CallKind::kStream, twice).has_value());
}

TEST_CASE("A timeout has 1 to 10 digits, and without one the caller waits for ever") {
  CHECK(*CheckHeaders(CallKind::kUnary, {}) == absl::InfiniteDuration());
  CHECK(*TimeoutIn("0") == absl::ZeroDuration());
  CHECK(*TimeoutIn("5000") == absl::Seconds(5));
  CHECK(*TimeoutIn("9999999999") == absl::Milliseconds(int64_t{9'999'999'999}));
  for (const std::string text : {"", " 1", "1 ", "-1", "+1", "1.5", "1e3", "x", "12345678901", "0x1"}) {
    CHECK(HasReason(TimeoutIn(text).status(), Reason::kInvalidField));
  }
  CHECK(DeadlineAfter(absl::InfiniteDuration()) == std::chrono::system_clock::time_point::max());
  CHECK(DeadlineAfter(absl::Hours(1)) > std::chrono::system_clock::now());
}

TEST_CASE("The protocol's version is 1 where it is named") {
  CHECK(CheckHeaders(CallKind::kStream, OneField("connect-protocol-version", "1")).ok());
  for (const std::string version : {"", "2", "1.0"}) {
    const auto checked = CheckHeaders(CallKind::kStream, OneField("connect-protocol-version", version));
    CHECK(HasReason(checked.status(), Reason::kInvalidField));
  }
}

TEST_CASE("Only what is not compressed is read") {
  const auto code_with = [](CallKind kind, const std::string& name, const std::string& value) {
    return CheckHeaders(kind, OneField(name, value)).status().code();
  };
  CHECK(code_with(CallKind::kUnary, "content-encoding", "identity") == absl::StatusCode::kOk);
  CHECK(code_with(CallKind::kUnary, "content-encoding", "gzip") == absl::StatusCode::kUnimplemented);
  CHECK(code_with(CallKind::kStream, "content-encoding", "gzip") == absl::StatusCode::kUnimplemented);
  CHECK(code_with(CallKind::kStream, "connect-content-encoding", "Identity") == absl::StatusCode::kOk);
  CHECK(code_with(CallKind::kStream, "connect-content-encoding", "br") == absl::StatusCode::kUnimplemented);
  CHECK(code_with(CallKind::kUnary, "connect-content-encoding", "br") == absl::StatusCode::kOk);
}

}  // namespace zeus::bso::http

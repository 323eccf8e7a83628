#include "server/http/connect/headers.h"

#include <algorithm>
#include <cstdint>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "model/error.h"
#include "model/status_macros.h"

namespace zeus::bso::http {
namespace {

// The media type without its parameters, such as "; charset=utf-8".
absl::string_view WithoutParameters(absl::string_view content_type) {
  return absl::StripAsciiWhitespace(content_type.substr(0, content_type.find(';')));
}

absl::Status CheckVersion(const Fields& fields) {
  const std::optional<absl::string_view> version = fields.Find("connect-protocol-version");
  if (!version.has_value() || *version == "1") return absl::OkStatus();
  return MakeError(Reason::kInvalidField, "the header Connect-Protocol-Version must be 1");
}

absl::Status CheckEncoding(const Fields& fields, absl::string_view name) {
  for (const absl::string_view encoding : fields.All(name)) {
    if (absl::EqualsIgnoreCase(encoding, "identity")) continue;
    return absl::UnimplementedError(absl::StrCat("the header ", name, " must be identity, or absent"));
  }
  return absl::OkStatus();
}

absl::StatusOr<absl::Duration> TimeoutOf(const Fields& fields) {
  constexpr size_t kMaxDigits = 10;
  const std::optional<absl::string_view> text = fields.Find("connect-timeout-ms");
  if (!text.has_value()) return absl::InfiniteDuration();
  int64_t milliseconds = 0;
  if (text->size() > kMaxDigits || !std::all_of(text->begin(), text->end(), absl::ascii_isdigit) ||
      !absl::SimpleAtoi(*text, &milliseconds)) {
    return MakeError(Reason::kInvalidField, "the header Connect-Timeout-Ms must have 1 to 10 digits, and nothing else");
  }
  return absl::Milliseconds(milliseconds);
}

}  // namespace

absl::string_view ContentType(CallKind kind, Codec codec) {
  if (kind == CallKind::kUnary) return codec == Codec::kJson ? "application/json" : "application/proto";
  return codec == Codec::kJson ? "application/connect+json" : "application/connect+proto";
}

std::optional<Codec> CodecOf(CallKind kind, const Fields& fields) {
  const std::vector<absl::string_view> types = fields.All("content-type");
  if (types.size() != 1) return std::nullopt;
  for (const Codec codec : {Codec::kJson, Codec::kProto}) {
    if (absl::EqualsIgnoreCase(WithoutParameters(types.front()), ContentType(kind, codec))) return codec;
  }
  return std::nullopt;
}

absl::StatusOr<absl::Duration> CheckHeaders(CallKind kind, const Fields& fields) {
  ZB_RETURN_IF_ERROR(CheckVersion(fields));
  ZB_RETURN_IF_ERROR(CheckEncoding(fields, "Content-Encoding"));
  if (kind == CallKind::kStream) ZB_RETURN_IF_ERROR(CheckEncoding(fields, "Connect-Content-Encoding"));
  return TimeoutOf(fields);
}

std::chrono::system_clock::time_point DeadlineAfter(absl::Duration timeout) {
  if (timeout == absl::InfiniteDuration()) return std::chrono::system_clock::time_point::max();
  return std::chrono::system_clock::now() + absl::ToChronoMilliseconds(timeout);
}

}  // namespace zeus::bso::http

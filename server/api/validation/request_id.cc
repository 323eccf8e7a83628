#include "server/api/validation/request_id.h"

#include <cstddef>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"

namespace zeus::bso::api {
namespace {

constexpr size_t kUuidLength = 36;

constexpr bool IsDashPosition(size_t position) {
  return position == 8 || position == 13 || position == 18 || position == 23;
}

}  // namespace

std::optional<std::string> ParseRequestId(absl::string_view text) {
  if (text.size() != kUuidLength) return std::nullopt;
  std::string digits;
  for (size_t i = 0; i < text.size(); ++i) {
    if (IsDashPosition(i) ? text[i] != '-' : !absl::ascii_isxdigit(static_cast<unsigned char>(text[i]))) {
      return std::nullopt;
    }
    if (!IsDashPosition(i)) digits.push_back(text[i]);
  }
  return absl::HexStringToBytes(digits);
}

}  // namespace zeus::bso::api

#include "server/http/exchange/utf8.h"

#include <algorithm>

namespace zeus::bso::http {
namespace {

bool IsContinuation(unsigned char byte) { return (byte & 0xc0) == 0x80; }

// The length of the first sequence in `text`, which is not empty. 0: the sequence is invalid.
size_t SequenceLength(absl::string_view text, Surrogates surrogates) {
  const auto byte = [&](size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char lead = byte(0);
  if (lead < 0x80) return 1;
  const size_t length = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
  if (lead < 0xc2 || lead > 0xf4 || text.size() < length) return 0;
  for (size_t i = 1; i < length; ++i) {
    if (!IsContinuation(byte(i))) return 0;
  }
  const bool is_overlong = (lead == 0xe0 && byte(1) < 0xa0) || (lead == 0xf0 && byte(1) < 0x90);
  const bool is_too_large = lead == 0xf4 && byte(1) >= 0x90;
  const bool is_surrogate = lead == 0xed && byte(1) >= 0xa0;
  if (is_overlong || is_too_large || (is_surrogate && surrogates == Surrogates::kRefused)) return 0;
  return length;
}

}  // namespace

bool IsUtf8(absl::string_view text, Surrogates surrogates) {
  while (!text.empty()) {
    const size_t length = SequenceLength(text, surrogates);
    if (length == 0) return false;
    text.remove_prefix(length);
  }
  return true;
}

size_t CountCodePoints(absl::string_view text) {
  const auto begins_one = [](char c) { return !IsContinuation(static_cast<unsigned char>(c)); };
  return static_cast<size_t>(std::count_if(text.begin(), text.end(), begins_one));
}

void AppendCodePoint(uint32_t code_point, std::string& text) {
  const auto append = [&text](uint32_t byte) { text += static_cast<char>(byte); };
  const auto append_low_bits = [&](int shift) { append(0x80 | ((code_point >> shift) & 0x3f)); };
  if (code_point < 0x80) return append(code_point);
  if (code_point < 0x800) {
    append(0xc0 | (code_point >> 6));
    return append_low_bits(0);
  }
  if (code_point < 0x10000) {
    append(0xe0 | (code_point >> 12));
  } else {
    append(0xf0 | (code_point >> 18));
    append_low_bits(12);
  }
  append_low_bits(6);
  append_low_bits(0);
}

}  // namespace zeus::bso::http

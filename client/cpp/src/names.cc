#include "client/cpp/src/names.h"

#include <unistd.h>

#include <cstdint>
#include <random>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

namespace zeus::bso::client_internal {
namespace {

// More would not fit into a client_id, which has 256 bytes.
constexpr int kMaxHostName = 200;

uint32_t Random() { return std::random_device()(); }

}  // namespace

std::string NewRequestId() {
  const uint32_t middle = Random();
  const uint32_t after = Random();
  // Version 4, variant 1, as RFC 4122 has them.
  return absl::StrFormat("%08x-%04x-4%03x-%04x-%04x%08x", Random(), middle >> 16, middle & 0xfff,
                         0x8000 | (after >> 16 & 0x3fff), after & 0xffff, Random());
}

std::string NewClientId() {
  char host[kMaxHostName + 1] = {};
  gethostname(host, kMaxHostName);  // May be cut off, or empty where it fails.
  return absl::StrCat(host, "-", getpid(), "-", absl::Hex(Random(), absl::kZeroPad8));
}

}  // namespace zeus::bso::client_internal

// zeus_bso_vectors FILE...: plays recorded decisions (recording.h) against the curves policy. Exits with 1 if a
// decision differs, and with 2 if a file is not a recording.
#include <algorithm>
#include <cstdio>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/str_format.h"
#include "tests/vectors/player.h"
#include "tests/vectors/recording.h"

namespace zeus::bso::curves::vectors {
namespace {

constexpr int kAgrees = 0;
constexpr int kDiffers = 1;
constexpr int kUnusable = 2;

int PlayFile(const std::string& path) {
  const absl::StatusOr<std::vector<Sequence>> sequences = ReadRecording(path);
  if (!sequences.ok()) {
    absl::FPrintF(stderr, "%s\n", sequences.status().message());
    return kUnusable;
  }
  const PlayResult result = Play(*sequences);
  absl::PrintF("%s: %d of %d sequences and %d steps agree, largest difference %.2g\n", path, result.sequences,
               sequences->size(), result.steps, result.largest_difference);
  if (!result.difference) return kAgrees;
  absl::PrintF("%s: %s\n", path, *result.difference);
  return kDiffers;
}

}  // namespace
}  // namespace zeus::bso::curves::vectors

int main(int argc, char** argv) {
  using namespace zeus::bso::curves::vectors;
  const std::vector<std::string> paths(argv + 1, argv + argc);
  if (paths.empty()) {
    absl::FPrintF(stderr, "usage: %s FILE...\n", argv[0]);
    return kUnusable;
  }
  int worst = kAgrees;
  for (const std::string& path : paths) worst = std::max(worst, PlayFile(path));
  return worst;
}

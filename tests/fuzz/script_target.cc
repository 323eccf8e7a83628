#include "tests/fuzz/script_target.h"

#include <cstdio>
#include <cstdlib>

#include "absl/strings/string_view.h"
#include "tests/fuzz/target.h"

namespace zeus::bso::fuzz {
namespace {

// Whether scripts are to be shown before they are tried.
bool IsVerbose() {
  static const bool verbose = std::getenv("ZEUS_BSO_FUZZ_VERBOSE") != nullptr;
  return verbose;
}

}  // namespace
}  // namespace zeus::bso::fuzz

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace zeus::bso::fuzz;
  const Script script = TargetVocabulary().Parse(absl::string_view(reinterpret_cast<const char*>(data), size));
  if (IsVerbose()) std::fprintf(stderr, "%s", ToText(script).c_str());
  Try(script);
  return 0;
}

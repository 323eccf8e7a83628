// How a target says that it has found a defect.
#ifndef ZEUS_BSO_TESTS_FUZZ_FINDING_H_
#define ZEUS_BSO_TESTS_FUZZ_FINDING_H_

#include <cstdio>
#include <cstdlib>
#include <string>

namespace zeus::bso::fuzz {

// Ends the process: the fuzzer keeps the input that led here.
[[noreturn]] inline void Found(const std::string& what) {
  std::fprintf(stderr, "FOUND: %s\n", what.c_str());
  std::abort();
}

// What must hold for every input.
inline void Expect(bool holds, const std::string& what) {
  if (!holds) Found(what);
}

}  // namespace zeus::bso::fuzz

#endif  // ZEUS_BSO_TESTS_FUZZ_FINDING_H_

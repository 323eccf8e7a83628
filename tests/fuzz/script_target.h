// What a target whose inputs are scripts defines; script_target.cc makes a fuzz target of it.
#ifndef ZEUS_BSO_TESTS_FUZZ_SCRIPT_TARGET_H_
#define ZEUS_BSO_TESTS_FUZZ_SCRIPT_TARGET_H_

#include "tests/fuzz/script.h"

namespace zeus::bso::fuzz {

// The verbs of its scripts.
const Vocabulary& TargetVocabulary();

// Tries one script. Ends the process when it finds something.
void Try(const Script& script);

}  // namespace zeus::bso::fuzz

#endif  // ZEUS_BSO_TESTS_FUZZ_SCRIPT_TARGET_H_

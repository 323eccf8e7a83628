// A fuzz target is one executable that defines the functions of this file. With clang it is linked to libFuzzer, else
// to replay_main.cc, which gives it the inputs of the kept corpus.
#ifndef ZEUS_BSO_TESTS_FUZZ_TARGET_H_
#define ZEUS_BSO_TESTS_FUZZ_TARGET_H_

#include <cstddef>
#include <cstdint>

// Tries one input. Ends the process when it finds something.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);

#endif  // ZEUS_BSO_TESTS_FUZZ_TARGET_H_

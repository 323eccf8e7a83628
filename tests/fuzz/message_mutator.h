// Changes messages of any type, a field at a time, to what is likely to mean something to the server.
#ifndef ZEUS_BSO_TESTS_FUZZ_MESSAGE_MUTATOR_H_
#define ZEUS_BSO_TESTS_FUZZ_MESSAGE_MUTATOR_H_

#include <random>

#include "google/protobuf/message.h"

namespace zeus::bso::fuzz {

using Random = std::minstd_rand;

// Changes one field, anywhere below `message`.
void MutateMessage(google::protobuf::Message& message, Random& random);

// Sets most fields.
void FillMessage(google::protobuf::Message& message, Random& random);

}  // namespace zeus::bso::fuzz

#endif  // ZEUS_BSO_TESTS_FUZZ_MESSAGE_MUTATOR_H_

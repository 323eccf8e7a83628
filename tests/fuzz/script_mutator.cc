// How libFuzzer changes scripts: by steps, by fields of their messages, and by bytes.
#include <algorithm>
#include <cstring>
#include <memory>
#include <string>
#include <utility>

#include "absl/strings/string_view.h"
#include "tests/fuzz/message_mutator.h"
#include "tests/fuzz/script_target.h"

// Of libFuzzer: changes bytes, in place.
extern "C" size_t LLVMFuzzerMutate(uint8_t* data, size_t size, size_t max_size);

namespace zeus::bso::fuzz {
namespace {

constexpr size_t kMaxPayload = 1024;

size_t Below(size_t bound, Random& random) { return random() % bound; }

const Verb& AnyVerb(Random& random) {
  static const auto* const verbs = new std::vector<const Verb*>(TargetVocabulary().verbs());
  return *(*verbs)[Below(verbs->size(), random)];
}

size_t AnyPlace(const Script& script, Random& random) { return Below(script.size(), random); }

// The bytes of a payload before its message.
size_t HeadSize(const Step& step) {
  if (!step.verb->writes_row()) return 0;
  const RowPayload row = ParseRowPayload(step.payload);
  return step.payload.size() - row.value.size();
}

void MutateBytes(std::string& bytes, Random& random) {
  const size_t size = bytes.size();
  bytes.resize(std::max(size, Below(kMaxPayload, random) + 1));
  bytes.resize(LLVMFuzzerMutate(reinterpret_cast<uint8_t*>(bytes.data()), size, bytes.size()));
}

void MutateFields(Step& step, Random& random) {
  const size_t head = HeadSize(step);
  const auto message = step.verb->message != nullptr ? step.verb->NewMessage() : nullptr;
  if (message == nullptr || !message->ParseFromString(step.payload.substr(head))) {
    return MutateBytes(step.payload, random);
  }
  do {
    MutateMessage(*message, random);
  } while (Below(3, random) == 0);
  step.payload = step.payload.substr(0, head) + message->SerializeAsString();
}

Step NewStep(Random& random) {
  Step step{&AnyVerb(random), ""};
  if (step.verb->writes_row()) step.payload = {static_cast<char>(Below(256, random)), '\0'};
  if (step.verb->message == nullptr) return step;
  const auto message = step.verb->NewMessage();
  FillMessage(*message, random);
  step.payload += message->SerializeAsString();
  return step;
}

void MutateScript(Script& script, Random& random) {
  if (script.empty()) return script.push_back(NewStep(random));
  const auto place = script.begin() + static_cast<std::ptrdiff_t>(AnyPlace(script, random));
  switch (Below(16, random)) {
    case 0:
    case 1:
      script.insert(place, NewStep(random));
      break;
    case 2:
      script.erase(place);
      break;
    case 3:
    case 4:
      script.insert(script.begin() + static_cast<std::ptrdiff_t>(AnyPlace(script, random)), Step(*place));
      break;
    case 5:
      std::swap(*place, script[AnyPlace(script, random)]);
      break;
    case 6:
    case 7:
    case 8:
      MutateBytes(place->payload, random);
      break;
    default:
      MutateFields(*place, random);
  }
  if (script.size() > Vocabulary::kMaxSteps) script.resize(Vocabulary::kMaxSteps);
}

Script Parse(const uint8_t* data, size_t size) {
  return TargetVocabulary().Parse(absl::string_view(reinterpret_cast<const char*>(data), size));
}

// Whole steps, as many as there is room for.
size_t Write(Script script, uint8_t* out, size_t max_size) {
  std::string bytes = TargetVocabulary().Serialize(script);
  while (bytes.size() > max_size) {
    script.pop_back();
    bytes = TargetVocabulary().Serialize(script);
  }
  std::memcpy(out, bytes.data(), bytes.size());
  return bytes.size();
}

}  // namespace
}  // namespace zeus::bso::fuzz

extern "C" size_t LLVMFuzzerCustomMutator(uint8_t* data, size_t size, size_t max_size, unsigned int seed) {
  using namespace zeus::bso::fuzz;
  Random random(seed);
  Script script = Parse(data, size);
  MutateScript(script, random);
  return Write(std::move(script), data, max_size);
}

// Goes on with another script in the middle of one.
extern "C" size_t LLVMFuzzerCustomCrossOver(const uint8_t* data1, size_t size1, const uint8_t* data2, size_t size2,
                                            uint8_t* out, size_t max_size, unsigned int seed) {
  using namespace zeus::bso::fuzz;
  Random random(seed);
  Script script = Parse(data1, size1);
  const Script other = Parse(data2, size2);
  if (!script.empty()) script.resize(AnyPlace(script, random) + 1);
  if (!other.empty())
    script.insert(script.end(), other.begin() + static_cast<std::ptrdiff_t>(AnyPlace(other, random)), other.end());
  if (script.size() > Vocabulary::kMaxSteps) script.resize(Vocabulary::kMaxSteps);
  return Write(std::move(script), out, max_size);
}

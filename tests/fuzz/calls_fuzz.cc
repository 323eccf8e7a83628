// Calls of both services with any bytes: every answer is well-formed, and nothing crashes, hangs or leaks.
#include "tests/fuzz/player.h"
#include "tests/fuzz/script.h"
#include "tests/fuzz/script_target.h"

namespace zeus::bso::fuzz {

const Vocabulary& TargetVocabulary() { return Vocabulary::OfCalls(); }

void Try(const Script& script) {
  // Goes before the logger does: a stream may be at its end when the process is.
  static Player player;
  player.Play(script, Rows::kOwn);
}

}  // namespace zeus::bso::fuzz

// script_from_text TEXT SCRIPT: writes the input that a script in text form stands for (script.h).
#include <fstream>
#include <iterator>
#include <string>

#include "tests/fuzz/script.h"

int main(int, char** argv) {
  std::ifstream text(argv[1]);
  const std::string lines{std::istreambuf_iterator<char>(text), {}};
  const zeus::bso::fuzz::Vocabulary& vocabulary = zeus::bso::fuzz::Vocabulary::OfCallsAndRows();
  std::ofstream(argv[2], std::ios::binary) << vocabulary.Serialize(vocabulary.FromText(lines));
}

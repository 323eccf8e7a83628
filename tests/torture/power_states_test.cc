#include "tests/torture/power_states.h"

#include <filesystem>
#include <fstream>
#include <random>
#include <set>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "catch2/catch.hpp"
#include "tests/support/temp_dir.h"

namespace zeus::bso::torture {
namespace {

DiskEvent Write(int64_t offset, std::string data) { return {.offset = offset, .data = std::move(data)}; }

const DiskEvent kFlush = {.is_flush = true};

TEST_CASE("A disk image reads as what was written last, and zeros elsewhere") {
  DiskImage image;
  CHECK(image.Read(4000, 200) == std::string(200, '\0'));
  image.Write(4090, std::string(5000, 'a'));
  image.Write(4095, "bc");
  CHECK(image.Read(4088, 12) == std::string("\0\0aaaaabcaaa", 12));
  CHECK(image.Read(9088, 4) == std::string("aa\0\0", 4));
  image.Write(4090, std::string(5000, '\0'));
  CHECK(image.Read(0, 10000) == std::string(10000, '\0'));

  image.Write(5000, "end");
  const testing::TempDir directory;
  image.Save(directory / "image", 20'000);
  std::ostringstream saved;
  saved << std::ifstream(directory / "image").rdbuf();
  CHECK(saved.str() == image.Read(0, 20'000));
}

TEST_CASE("A loss of power keeps what was flushed, and without losses all that was written") {
  PowerStates states({Write(0, "a"), kFlush, Write(1, "b"), Write(0, "c"), kFlush, Write(2, "d")});
  std::mt19937_64 random(1);
  CHECK(states.StateBefore(1, false, random).Read(0, 3) == std::string("a\0\0", 3));
  CHECK(states.StateBefore(2, true, random).Read(0, 3) == std::string("a\0\0", 3));
  CHECK(states.StateBefore(4, false, random).Read(0, 3) == std::string("cb\0", 3));
  CHECK(states.StateBefore(5, true, random).Read(0, 3) == std::string("cb\0", 3));
  CHECK(states.StateBefore(6, false, random).Read(0, 3) == "cbd");
}

TEST_CASE("A loss of power loses any part of what was not flushed, in pieces") {
  const std::string data(8192, 'x');
  std::mt19937_64 random(1);
  std::set<std::string> seen;
  for (int i = 0; i < 400; ++i) {
    PowerStates states({Write(0, "a"), kFlush, Write(4096, data), Write(16384, "b")});
    const DiskImage image = states.StateBefore(4, true, random);
    REQUIRE(image.Read(0, 1) == "a");
    std::string kept;
    for (int64_t piece = 0; piece < 16; ++piece) {
      const std::string text = image.Read(4096 + piece * 512, 512);
      REQUIRE((text == std::string(512, 'x') || text == std::string(512, '\0')));
      kept += text[0] == 'x' ? '1' : '0';
    }
    seen.insert(kept + (image.Read(16384, 1) == "b" ? "b" : ""));
  }
  const std::string nothing(16, '0');
  const std::string everything(16, '1');
  const std::string one_page = "1111111100000000";
  for (const std::string& kept : {nothing, everything, one_page}) {
    CHECK(seen.contains(kept));
    CHECK(seen.contains(kept + "b"));
  }
  CHECK(seen.size() > 50);
}

}  // namespace
}  // namespace zeus::bso::torture

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <random>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "tests/support/temp_dir.h"
#include "tests/torture/observation.h"
#include "tests/torture/scenarios.h"
#include "tests/torture/stand.h"
#include "tests/torture/workload.h"

namespace zeus::bso::torture {
namespace {

namespace fs = std::filesystem;

constexpr int kLives = 4;  // Of the server that makes the store.

using Contents = std::map<std::string, std::string>;  // By path in a directory; of a directory: nothing.

std::string ReadFile(const fs::path& path) {
  std::ostringstream text;
  text << std::ifstream(path, std::ios::binary).rdbuf();
  return text.str();
}

Contents ContentsOf(const std::string& directory) {
  Contents contents;
  for (const auto& entry : fs::recursive_directory_iterator(directory)) {
    contents[fs::relative(entry.path(), directory)] = entry.is_regular_file() ? ReadFile(entry.path()) : "";
  }
  return contents;
}

// Does something to one file, or two; says what.
std::string Damage(const std::string& directory, std::mt19937_64& random) {
  std::vector<fs::path> files;
  for (const auto& entry : fs::recursive_directory_iterator(directory)) {
    if (entry.is_regular_file() && entry.file_size() > 0) files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  const fs::path file = files[random() % files.size()];
  std::string text = ReadFile(file);
  const size_t place = random() % text.size();
  std::string what;
  switch (random() % 6) {
    case 0:
      text[place] ^= static_cast<char>(1 << random() % 8);
      what = absl::StrCat("a bit flipped at ", place);
      break;
    case 1:
      for (size_t i = place; i < std::min(text.size(), place + 4096); ++i) text[i] = '\0';
      what = absl::StrCat("zeros at ", place);
      break;
    case 2:
      text.resize(place);
      what = absl::StrCat("cut to ", place);
      break;
    case 3:
      std::fill(text.begin() + static_cast<ptrdiff_t>(place), text.end(), '\0');
      what = absl::StrCat("zeros from ", place);
      break;
    case 4:
      fs::remove(file);
      return absl::StrCat(file.filename().string(), ": removed");
    default: {
      const fs::path other = files[random() % files.size()];
      fs::rename(file, file.string() + ".moved");
      if (other != file) fs::rename(other, file);
      fs::rename(file.string() + ".moved", other);
      return absl::StrCat(file.filename().string(), ": swapped with ", other.filename().string());
    }
  }
  std::ofstream(file, std::ios::binary) << text;
  return absl::StrCat(file.filename().string(), ": ", what);
}

class DamagedStore {
 public:
  DamagedStore(uint64_t seed, Report& report)
      : seed_(seed), random_(seed), report_(report), intact_(directory_ / "intact", report) {}

  void Run(int count) {
    if (!Make()) return;
    for (int i = 0; i < count; ++i) Try(i);
  }

 private:
  // A store with logs, tables and a history; the server was killed at the end.
  bool Make() {
    for (int life = 0; life < kLives; ++life) {
      if (!intact_.MustStart("at first")) return false;
      Workload workload(intact_.address(), random_(), intact_.history());
      absl::SleepFor(absl::Milliseconds(200));
      workload.Stop();
      intact_.Kill();
    }
    crash_ns_ = NowNs();
    return true;
  }

  void Try(int number) {
    const std::string damaged = directory_ / absl::StrCat("damaged-", number);
    fs::copy(intact_.data_directory(), damaged, fs::copy_options::recursive);
    const std::string where = absl::StrCat("damage ", number, " of seed ", seed_, ": ", Damage(damaged, random_));
    const Contents before = ContentsOf(damaged);
    Stand stand(damaged, report_);
    if (!stand.Start()) {
      CheckRefusal(stand, before, where);
    } else {
      CheckAnswers(stand, where);
      stand.Terminate(where);
    }
    fs::remove_all(damaged);
  }

  void CheckRefusal(Stand& stand, const Contents& before, const std::string& where) {
    const int code = stand.server().Wait();
    if (code < 0) report_.Fail(where, absl::StrCat("crashed by signal ", -code, ":\n", stand.server().output()));
    if (ContentsOf(stand.data_directory()) != before) {
      report_.Fail(where, absl::StrCat("refused and changed:\n", stand.server().output()));
    }
    report_.Count("starts refused");
  }

  void CheckAnswers(Stand& stand, const std::string& where) {
    const Observation now = Observe(stand.address());
    const std::string wrong =
        absl::StrCat(now.contradictions, intact_.history().CompareWithCrash(crash_ns_, now.state));
    if (!wrong.empty()) report_.Fail(where, absl::StrCat(wrong, stand.server().output()));
    report_.Count(now.errors.empty() ? "answered right" : "with damage reported");
  }

  const uint64_t seed_;
  std::mt19937_64 random_;
  Report& report_;
  const testing::TempDir directory_;
  Stand intact_;
  int64_t crash_ns_ = 0;
};

}  // namespace

void DamageFiles(int count, uint64_t seed, Report& report) { DamagedStore(seed, report).Run(count); }

}  // namespace zeus::bso::torture

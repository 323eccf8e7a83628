#include <random>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "tests/support/temp_dir.h"
#include "tests/torture/scenarios.h"
#include "tests/torture/stand.h"
#include "tests/torture/workload.h"

namespace zeus::bso::torture {
namespace {

constexpr double kMostLoadMs = 250;
constexpr double kMostStartMs = 60;

}  // namespace

void KillServers(int count, uint64_t seed, Report& report) {
  const testing::TempDir directory;
  Stand stand(directory / "data", report);
  std::mt19937_64 random(seed);
  const auto sleep_for_up_to = [&random](double ms) {
    absl::SleepFor(absl::Milliseconds(std::uniform_real_distribution<double>(0, ms)(random)));
  };

  for (int i = 0; i < count; ++i) {
    const std::string where = absl::StrCat("kill ", i, " of seed ", seed);
    if (random() % 8 == 0) {
      stand.Launch();
      sleep_for_up_to(kMostStartMs);
      stand.Kill();
      report.Count("kills at the start");
      continue;
    }
    if (!stand.MustStart(where)) return;
    stand.Settle(where);
    Workload workload(stand.address(), random(), stand.history());
    sleep_for_up_to(kMostLoadMs);
    if (random() % 8 == 0) {
      stand.Terminate(where);
      report.Count("ends by SIGTERM");
    } else {
      stand.Kill();
      report.Count("kills under load");
    }
  }
  if (!stand.MustStart("at the end")) return;
  stand.Settle("at the end");
  report.Count("answers", stand.history().num_answers());
}

}  // namespace zeus::bso::torture

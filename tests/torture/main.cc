// Torments servers, and compares all that they answer with what jobs can answer.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <functional>
#include <iostream>
#include <limits>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "absl/flags/flag.h"
#include "absl/flags/parse.h"
#include "absl/flags/usage.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "tests/torture/scenarios.h"

ABSL_FLAG(uint64_t, seed, 0, "Chooses what is done to the servers; 0: at random");
ABSL_FLAG(double, minutes, 0, "Begin no new round after so many minutes; 0: do all rounds");
ABSL_FLAG(int, rounds, 50,
          "A round is 20 kills, 20 losses of power for each file system, 10 faults of disks and 10 damaged files");
ABSL_FLAG(std::vector<std::string>, only, {}, "Of kills, ext4, xfs, faults, damage; empty: all");

namespace zeus::bso::torture {
namespace {

struct Scenario {
  std::string name;
  int count = 0;  // In a round.
  std::function<void(int count, uint64_t seed, Report& report)> run;
  Report report;
};

void AddPowerLoss(const std::string& file_system, std::vector<Scenario>& scenarios) {
  if (const std::string why = WhyNoPowerLoss(file_system); !why.empty()) {
    std::cout << "no losses of power on " << file_system << ": " << why << std::endl;
    return;
  }
  scenarios.push_back(
      {.name = file_system,
       .count = 20,
       .run = [file_system](int count, uint64_t seed, Report& report) { LosePower(file_system, count, seed, report); },
       .report = Report(absl::StrCat("loss of power on ", file_system))});
}

std::vector<Scenario> Scenarios() {
  std::vector<Scenario> scenarios;
  scenarios.push_back({.name = "kills", .count = 20, .run = KillServers, .report = Report("kills")});
  AddPowerLoss("ext4", scenarios);
  AddPowerLoss("xfs", scenarios);
  scenarios.push_back({.name = "faults", .count = 10, .run = FailDisks, .report = Report("faults of disks")});
  scenarios.push_back({.name = "damage", .count = 10, .run = DamageFiles, .report = Report("damaged files")});
  const std::vector<std::string> only = absl::GetFlag(FLAGS_only);
  if (only.empty()) return scenarios;
  std::erase_if(scenarios, [&only](const Scenario& scenario) {
    return std::find(only.begin(), only.end(), scenario.name) == only.end();
  });
  return scenarios;
}

int Main() {
  uint64_t seed = absl::GetFlag(FLAGS_seed);
  if (seed == 0) seed = std::random_device()();
  std::cout << "seed " << seed << std::endl;
  const double minutes = absl::GetFlag(FLAGS_minutes);
  const absl::Time end = minutes > 0 ? absl::Now() + absl::Minutes(minutes) : absl::InfiniteFuture();

  std::vector<Scenario> scenarios = Scenarios();
  std::mt19937_64 random(seed);
  for (int round = 0; round < absl::GetFlag(FLAGS_rounds) && absl::Now() < end; ++round) {
    for (Scenario& scenario : scenarios) scenario.run(scenario.count, random(), scenario.report);
  }
  int64_t failures = 0;
  for (const Scenario& scenario : scenarios) {
    scenario.report.Print();
    failures += scenario.report.num_failures();
  }
  std::cout << (failures == 0 ? "torture: passed" : absl::StrCat("torture: FAILED, ", failures, " failures")) << "\n";
  return failures == 0 && !scenarios.empty() ? EXIT_SUCCESS : EXIT_FAILURE;
}

}  // namespace
}  // namespace zeus::bso::torture

int main(int argc, char** argv) {
  absl::SetProgramUsageMessage(
      "Torments servers of its own with kills, losses of power, failing disks and damaged files, and checks that their "
      "answers are right.");
  absl::ParseCommandLine(argc, argv);
  return zeus::bso::torture::Main();
}

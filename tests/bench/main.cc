// zeus_bso_bench: measures the server beside its own limits. Exits with 1 when a call failed.
#include <cmath>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <iostream>
#include <regex>
#include <string>
#include <vector>

#include "absl/flags/flag.h"
#include "absl/flags/parse.h"
#include "absl/flags/usage.h"
#include "absl/strings/str_format.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "tests/bench/fsync_count.h"
#include "tests/bench/goal.h"
#include "tests/bench/grid.h"
#include "tests/bench/history_goals.h"
#include "tests/bench/load_goals.h"
#include "tests/bench/machine_noise.h"
#include "tests/bench/report.h"
#include "tests/bench/rest_goals.h"
#include "tests/bench/rig.h"
#include "tests/bench/scale.h"

ABSL_FLAG(bool, quick, false, "Two minutes instead of fifteen: few rows, no long history");
ABSL_FLAG(bool, full, false, "Besides, a start on a store of a million jobs and ten million trials");
ABSL_FLAG(bool, smoke, false, "Seconds: whether the benchmark itself works; the numbers mean nothing");
ABSL_FLAG(std::string, rows, "",
          "Only the rows that this regular expression is found in, such as 'StartTrial jobs=1000 .* unix'; no goals");
ABSL_FLAG(std::string, goals, "", "Only the goals that this regular expression is found in; no rows");
ABSL_FLAG(absl::Duration, window, absl::ZeroDuration(),
          "How long each measurement takes, in place of what is usual; long ones give a profiler time");
ABSL_FLAG(std::string, json, "", "Write all that was measured to this file");
ABSL_FLAG(std::string, data_dir, ZEUS_BSO_BENCH_DATA_DIR, "Where to keep stores; on the disk that is to be measured");

namespace zeus::bso::bench {
namespace {

using Filter = std::function<bool(const std::string&)>;

// What `pattern` is found in; when only `other` is given, nothing.
Filter MakeFilter(const std::string& pattern, const std::string& other) {
  return [=, nothing = pattern.empty() && !other.empty(), regex = std::regex(pattern)](const std::string& text) {
    return !nothing && std::regex_search(text, regex);
  };
}

Scale ChosenScale() {
  if (absl::GetFlag(FLAGS_smoke)) return SmokeScale();
  if (absl::GetFlag(FLAGS_quick)) return QuickScale();
  return absl::GetFlag(FLAGS_full) ? FullScale() : DefaultScale();
}

// All that is measured in one run.
struct Findings {
  double fdatasync_micros = 0;
  double cpus_of_others = 0;
  std::vector<Row> rows = {};
  Goals goals;
};

Findings MeasureAll(const Scale& scale) {
  const Filter row_wanted = MakeFilter(absl::GetFlag(FLAGS_rows), absl::GetFlag(FLAGS_goals));
  const std::string data_directory = absl::GetFlag(FLAGS_data_dir);
  Findings found{.goals = Goals(MakeFilter(absl::GetFlag(FLAGS_goals), absl::GetFlag(FLAGS_rows)))};
  const MachineNoise noise;
  {
    Rig rig(data_directory);
    found.fdatasync_micros = FdatasyncMicros(data_directory);
    MeasureLoadGoals(scale, rig, found.goals);
    found.rows = MeasureGrid(scale, rig, row_wanted);
    MeasureHistoryGoals(scale, rig, found.goals);
    MeasureRestGoals(scale, rig, found.goals);
  }
  found.cpus_of_others = noise.CpusOfOthers();
  return found;
}

void Print(const Findings& found) {
  std::cout << "fdatasync of 4 KiB on this disk: " << std::lround(found.fdatasync_micros) << " us\n"
            << absl::StrFormat("CPUs that other processes kept busy meanwhile: %.2f\n", found.cpus_of_others);
  if (!found.rows.empty()) std::cout << "\n" << ToText(found.rows);
  if (!found.goals.all().empty()) std::cout << "\n" << ToText(found.goals.all());
}

void WriteJson(const Findings& found, const std::string& file) {
  const nlohmann::ordered_json all = {{"fdatasync_micros", found.fdatasync_micros},
                                      {"cpus_of_others", found.cpus_of_others},
                                      {"rows", ToJson(found.rows)},
                                      {"goals", ToJson(found.goals.all())}};
  std::ofstream(file) << all.dump(2) << "\n";
}

// Says which calls failed, if any.
bool Report(const Findings& found) {
  std::vector<std::string> failures = found.goals.failures();
  for (const Row& row : found.rows) {
    for (const Measurement& measured : row.measurements) {
      if (measured.failures > 0) failures.push_back(row.Id() + ": " + measured.first_failure);
    }
  }
  for (const std::string& failure : failures) std::cerr << "FAILED " << failure << "\n";
  return failures.empty();
}

int Main() {
  absl::SetMutexDeadlockDetectionMode(absl::OnDeadlockCycle::kIgnore);  // As the servers do.
  Scale scale = ChosenScale();
  if (const absl::Duration window = absl::GetFlag(FLAGS_window); window > absl::ZeroDuration()) {
    scale.window = scale.goal_window = absl::ToChronoMilliseconds(window);
  }
  const Findings found = MeasureAll(scale);
  Print(found);
  if (const std::string file = absl::GetFlag(FLAGS_json); !file.empty()) WriteJson(found, file);
  return Report(found) ? EXIT_SUCCESS : EXIT_FAILURE;
}

}  // namespace
}  // namespace zeus::bso::bench

int main(int argc, char** argv) {
  absl::SetProgramUsageMessage("Measures the server beside its own limits, and prints ratios.");
  absl::ParseCommandLine(argc, argv);
  return zeus::bso::bench::Main();
}

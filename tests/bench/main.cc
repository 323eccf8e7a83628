// zeus_bso_bench: measures the server beside its own limits. Exits with 1 when a call failed.
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
#include "tests/bench/fsync_count.h"
#include "tests/bench/goal.h"
#include "tests/bench/grid.h"
#include "tests/bench/history_goals.h"
#include "tests/bench/load_goals.h"
#include "tests/bench/report.h"
#include "tests/bench/rest_goals.h"
#include "tests/bench/rig.h"
#include "tests/bench/scale.h"

ABSL_FLAG(bool, quick, false, "A minute instead of ten: few rows, no long history");
ABSL_FLAG(bool, full, false, "Besides, a start on a store of a million jobs and ten million trials");
ABSL_FLAG(bool, smoke, false, "Seconds: whether the benchmark itself works; the numbers mean nothing");
ABSL_FLAG(std::string, rows, "",
          "Only the rows that this regular expression is found in, such as 'StartTrial jobs=1000 .* unix'; no goals");
ABSL_FLAG(std::string, goals, "", "Only the goals that this regular expression is found in; no rows");
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

std::vector<std::string> Failures(const std::vector<Row>& rows, const Goals& goals) {
  std::vector<std::string> failures = goals.failures();
  for (const Row& row : rows) {
    for (const Measurement& measured : row.measurements) {
      if (measured.failures > 0) failures.push_back(row.Id() + ": " + measured.first_failure);
    }
  }
  return failures;
}

int Main() {
  const Scale scale = ChosenScale();
  const Filter row_wanted = MakeFilter(absl::GetFlag(FLAGS_rows), absl::GetFlag(FLAGS_goals));
  const Filter goal_wanted = MakeFilter(absl::GetFlag(FLAGS_goals), absl::GetFlag(FLAGS_rows));
  const std::string data_directory = absl::GetFlag(FLAGS_data_dir);
  Rig rig(data_directory);
  const double fdatasync_micros = FdatasyncMicros(data_directory);
  Goals goals(goal_wanted);
  MeasureLoadGoals(scale, rig, goals);
  const std::vector<Row> rows = MeasureGrid(scale, rig, row_wanted);
  MeasureHistoryGoals(scale, rig, goals);
  MeasureRestGoals(scale, rig, goals);

  std::cout << "fdatasync of 4 KiB on this disk: " << fdatasync_micros << " us\n";
  if (!rows.empty()) std::cout << "\n" << ToText(rows);
  if (!goals.all().empty()) std::cout << "\n" << ToText(goals.all());
  if (const std::string file = absl::GetFlag(FLAGS_json); !file.empty()) {
    const nlohmann::ordered_json all = {
        {"fdatasync_micros", fdatasync_micros}, {"rows", ToJson(rows)}, {"goals", ToJson(goals.all())}};
    std::ofstream(file) << all.dump(2) << "\n";
  }
  const std::vector<std::string> failures = Failures(rows, goals);
  for (const std::string& failure : failures) std::cerr << "FAILED " << failure << "\n";
  return failures.empty() ? EXIT_SUCCESS : EXIT_FAILURE;
}

}  // namespace
}  // namespace zeus::bso::bench

int main(int argc, char** argv) {
  absl::SetProgramUsageMessage("Measures the server beside its own limits, and prints ratios.");
  absl::ParseCommandLine(argc, argv);
  return zeus::bso::bench::Main();
}

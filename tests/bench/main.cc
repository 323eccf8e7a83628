// zeus_bso_bench: measures the server beside its own limits. Exits with 1 when a call failed.
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <regex>
#include <string>
#include <vector>

#include "absl/flags/flag.h"
#include "absl/flags/parse.h"
#include "absl/flags/usage.h"
#include "tests/bench/grid.h"
#include "tests/bench/prepared_stores.h"
#include "tests/bench/report.h"
#include "tests/bench/scale.h"

ABSL_FLAG(bool, quick, false, "A minute instead of ten: few rows");
ABSL_FLAG(bool, smoke, false, "Seconds: whether the benchmark itself works; the numbers mean nothing");
ABSL_FLAG(std::string, rows, "",
          "Only the rows that this regular expression is found in, such as 'StartTrial jobs=1000'");
ABSL_FLAG(std::string, json, "", "Write all that was measured to this file");
ABSL_FLAG(std::string, data_dir, ZEUS_BSO_BENCH_DATA_DIR, "Where to keep stores; on the disk that is to be measured");

namespace zeus::bso::bench {
namespace {

int Main() {
  const Scale scale = absl::GetFlag(FLAGS_smoke)   ? SmokeScale()
                      : absl::GetFlag(FLAGS_quick) ? QuickScale()
                                                   : DefaultScale();
  const std::regex rows_wanted(absl::GetFlag(FLAGS_rows));
  PreparedStores stores(absl::GetFlag(FLAGS_data_dir));
  const std::vector<Row> rows =
      MeasureGrid(scale, stores, [&](const std::string& id) { return std::regex_search(id, rows_wanted); });
  std::cout << ToText(rows);
  if (const std::string file = absl::GetFlag(FLAGS_json); !file.empty()) {
    std::ofstream(file) << nlohmann::ordered_json{{"rows", ToJson(rows)}}.dump(2) << "\n";
  }
  int exit_code = EXIT_SUCCESS;
  for (const Row& row : rows) {
    for (const Measurement& measured : row.measurements) {
      if (measured.failures == 0) continue;
      std::cerr << row.Id() << ": " << measured.failures << " failed: " << measured.first_failure << "\n";
      exit_code = EXIT_FAILURE;
    }
  }
  return exit_code;
}

}  // namespace
}  // namespace zeus::bso::bench

int main(int argc, char** argv) {
  absl::SetProgramUsageMessage("Measures the server beside its own limits, and prints ratios.");
  absl::ParseCommandLine(argc, argv);
  return zeus::bso::bench::Main();
}

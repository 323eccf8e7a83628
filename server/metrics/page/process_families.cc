#include "server/metrics/page/process_families.h"

#include <sys/resource.h>
#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <string>
#include <system_error>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"

namespace zeus::bso::metrics {
namespace {

// The fields of /proc/self/stat that follow the name, in parentheses, of the program: the first one is the third of
// proc(5).
constexpr size_t kFirstField = 3;
constexpr size_t kUserTicks = 14 - kFirstField;
constexpr size_t kSystemTicks = 15 - kFirstField;
constexpr size_t kStartTicks = 22 - kFirstField;
constexpr size_t kVirtualBytes = 23 - kFirstField;
constexpr size_t kResidentPages = 24 - kFirstField;

std::string ReadFile(const char* path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

std::optional<double> NumberAt(const std::vector<std::string>& fields, size_t index) {
  double number = 0;
  if (index >= fields.size() || !absl::SimpleAtod(fields[index], &number)) return std::nullopt;
  return number;
}

// When the machine was booted, in seconds since the Unix epoch.
std::optional<double> BootTime() {
  const std::string text = ReadFile("/proc/stat");
  for (const absl::string_view line : absl::StrSplit(text, '\n')) {
    const std::vector<std::string> words = absl::StrSplit(line, ' ');
    if (words.size() == 2 && words[0] == "btime") return NumberAt(words, 1);
  }
  return std::nullopt;
}

std::optional<int64_t> CountOpenFiles() {
  std::error_code error;
  const std::filesystem::directory_iterator files("/proc/self/fd", error);
  if (error) return std::nullopt;
  return std::distance(begin(files), end(files)) - 1;  // One of them is the directory.
}

void AddIfKnown(std::optional<double> value, Family& family) {
  if (value.has_value()) family.Add({}, *value);
}

void AddStat(const std::vector<std::string>& fields, Families& families) {
  const auto ticks = static_cast<double>(sysconf(_SC_CLK_TCK));
  const std::optional<double> user = NumberAt(fields, kUserTicks);
  const std::optional<double> system = NumberAt(fields, kSystemTicks);
  if (user.has_value() && system.has_value()) {
    families.Counter("process_cpu_seconds_total", "CPU time of the process, in user and system mode.")
        .Add({}, (*user + *system) / ticks);
  }
  const std::optional<double> boot = BootTime();
  const std::optional<double> start = NumberAt(fields, kStartTicks);
  if (boot.has_value() && start.has_value()) {
    families.Gauge("process_start_time_seconds", "When the process started, since the Unix epoch.")
        .Add({}, *boot + *start / ticks);
  }
  AddIfKnown(NumberAt(fields, kVirtualBytes),
             families.Gauge("process_virtual_memory_bytes", "Size of the address space."));
  if (const std::optional<double> pages = NumberAt(fields, kResidentPages); pages.has_value()) {
    families.Gauge("process_resident_memory_bytes", "Memory that the process holds.")
        .Add({}, *pages * static_cast<double>(sysconf(_SC_PAGESIZE)));
  }
}

}  // namespace

void AddProcess(Families& families) {
  const std::string stat = ReadFile("/proc/self/stat");
  const size_t name_end = stat.rfind(") ");
  if (name_end != std::string::npos) AddStat(absl::StrSplit(stat.substr(name_end + 2), ' '), families);
  if (const std::optional<int64_t> open = CountOpenFiles(); open.has_value()) {
    families.Gauge("process_open_fds", "Open file descriptors.").Add({}, *open);
  }
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
    families.Gauge("process_max_fds", "How many file descriptors may be open.")
        .Add({}, static_cast<double>(limit.rlim_cur));
  }
}

void AddBuild(Families& families) {
  families.Gauge("zeus_bso_build_info", "What the server was built from. Always 1.")
      .Add({{"version", ZEUS_BSO_VERSION}, {"compiler", ZEUS_BSO_COMPILER}, {"build_type", ZEUS_BSO_BUILD_TYPE}}, 1.0);
}

}  // namespace zeus::bso::metrics

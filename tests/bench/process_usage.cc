#include "tests/bench/process_usage.h"

#include <sched.h>
#include <time.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <system_error>

namespace zeus::bso::bench {
namespace {

// The number behind `name` in a file of /proc/PID.
double NumberOf(pid_t pid, const std::string& file, const std::string& name) {
  std::ifstream lines("/proc/" + std::to_string(pid) + "/" + file);
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with(name)) return std::stod(line.substr(name.size()));
  }
  return 0;
}

void SetCpus(pid_t pid, const cpu_set_t& cpus) {
  std::error_code ignored;
  for (const auto& task : std::filesystem::directory_iterator("/proc/" + std::to_string(pid) + "/task", ignored)) {
    sched_setaffinity(std::stoi(task.path().filename()), sizeof(cpus), &cpus);
  }
}

}  // namespace

ProcessUsage UsageOf(pid_t pid) {
  ProcessUsage usage;
  clockid_t clock;
  timespec time{};
  if (clock_getcpuclockid(pid, &clock) == 0 && clock_gettime(clock, &time) == 0) {
    usage.cpu_seconds = static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) / 1e9;
  }
  usage.written_bytes = NumberOf(pid, "io", "write_bytes:");
  return usage;
}

double MachineBusySeconds() {
  std::ifstream stat("/proc/stat");
  std::string cpu;
  double user = 0, nice = 0, system = 0, idle = 0, iowait = 0, irq = 0, softirq = 0, steal = 0;
  stat >> cpu >> user >> nice >> system >> idle >> iowait >> irq >> softirq >> steal;
  return (user + nice + system + irq + softirq + steal) / static_cast<double>(sysconf(_SC_CLK_TCK));
}

double ResidentMiB(pid_t pid) { return NumberOf(pid, "status", "VmRSS:") / 1024; }

double PeakResidentMiB(pid_t pid) { return NumberOf(pid, "status", "VmHWM:") / 1024; }

double ResidentHeapMiB(pid_t pid) { return NumberOf(pid, "status", "RssAnon:") / 1024; }

void PinToOneCpu(pid_t pid) {
  cpu_set_t cpus;
  CPU_ZERO(&cpus);
  CPU_SET(0, &cpus);
  SetCpus(pid, cpus);
}

void Unpin(pid_t pid) {
  cpu_set_t cpus;
  CPU_ZERO(&cpus);
  for (int cpu = 0; cpu < CPU_SETSIZE; ++cpu) CPU_SET(cpu, &cpus);
  SetCpus(pid, cpus);
}

}  // namespace zeus::bso::bench

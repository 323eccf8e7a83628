#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <limits>
#include <memory>
#include <new>
#include <random>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "tests/support/rpc_client.h"
#include "tests/support/spec_messages.h"
#include "tests/support/temp_dir.h"
#include "tests/torture/fault_plan.h"
#include "tests/torture/scenarios.h"
#include "tests/torture/stand.h"
#include "tests/torture/workload.h"

namespace zeus::bso::torture {
namespace {

using Methods = testing::RpcClient::Optimizer;

constexpr absl::Duration kMostPatience = absl::Seconds(10);  // After the end of a fault.
constexpr absl::Duration kBetweenCalls = absl::Milliseconds(20);
constexpr absl::Duration kLasting = absl::Milliseconds(1500);
constexpr uint32_t kAnyChange = kCreate | kWrite | kSync | kRename | kUnlink;
constexpr double kHours = 24;  // A clock jumps by at most so many.

struct Fault {
  uint32_t operations = 0;
  std::string name_part;
  int error = 0;  // 0: only slow.
  absl::Duration delay;
  int64_t spared = 0;
  int64_t failures = std::numeric_limits<int64_t>::max();
  absl::Duration length;
  bool restarts = false;  // The server is started while the disk fails.
  double clock_hours = 0;

  // The server refuses changes, and waits.
  bool IsLasting() const { return error != 0 && length == kLasting; }

  std::string ToText() const {
    return absl::StrFormat("operations %d on *%s*: %s, %s slow, after %d, %d times, for %s%s, clock %+.1f h",
                           operations, name_part, error == 0 ? "works" : strerror(error), absl::FormatDuration(delay),
                           spared, failures, absl::FormatDuration(length), restarts ? ", restart" : "", clock_hours);
  }
};

template <typename T>
const T& OneOf(const std::vector<T>& values, std::mt19937_64& random) {
  return values[random() % values.size()];
}

// Files, and what servers do with them.
struct Target {
  const char* name_part;
  std::vector<uint32_t> operations;
  bool at_start;  // Mostly when a server starts.
};

const std::vector<Target>& Targets() {
  static const auto* const kTargets = new std::vector<Target>{
      {.name_part = "", .operations = {kCreate, kWrite, kSync, kWrite | kSync, kAnyChange}, .at_start = false},
      {.name_part = ".log", .operations = {kWrite, kSync}, .at_start = false},
      {.name_part = ".log", .operations = {kCreate, kOpen, kUnlink}, .at_start = true},
      {.name_part = ".sst", .operations = {kCreate, kOpen, kRead, kWrite, kSync}, .at_start = true},
      {.name_part = "MANIFEST", .operations = {kCreate, kOpen, kWrite, kSync, kUnlink}, .at_start = true},
      {.name_part = "dbtmp", .operations = {kCreate, kWrite, kSync}, .at_start = true},
      {.name_part = "CURRENT", .operations = {kOpen, kRename}, .at_start = true},
      {.name_part = "OPTIONS", .operations = {kRename, kUnlink}, .at_start = true}};
  return *kTargets;
}

Fault RandomFault(std::mt19937_64& random) {
  const Target& target = OneOf(Targets(), random);
  Fault fault = {.operations = OneOf(target.operations, random), .name_part = target.name_part};
  if (random() % 6 == 0) {
    fault.delay = absl::Milliseconds(random() % 2 == 0 ? 20 : 1500);  // Slow, or hanging.
  } else {
    fault.error = OneOf(std::vector<int>{EIO, EIO, ENOSPC, ENOSPC, EMFILE, EROFS}, random);
  }
  switch (random() % 3) {
    case 0:
      fault.failures = 1;
      fault.length = absl::Milliseconds(200);
      break;
    case 1:
      fault.length = absl::Milliseconds(50 + random() % 600);
      break;
    default:
      fault.length = kLasting;
  }
  fault.spared = static_cast<int64_t>(random() % 3 == 0 ? random() % 20 : 0);
  fault.restarts = random() % 8 < (target.at_start ? 7 : 1);
  if (random() % 4 == 0) fault.clock_hours = std::uniform_real_distribution<double>(-kHours, kHours)(random);
  return fault;
}

// The plan that the shim of a server reads, in a file.
class SharedPlan {
 public:
  SharedPlan(const std::string& file, const std::string& directory) {
    const int descriptor = open(file.c_str(), O_RDWR | O_CREAT, 0600);
    if (ftruncate(descriptor, sizeof(FaultPlan)) != 0) abort();
    void* const memory = mmap(nullptr, sizeof(FaultPlan), PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0);
    close(descriptor);
    plan_ = new (memory) FaultPlan{};
    strncpy(plan_->directory, directory.c_str(), sizeof(plan_->directory) - 1);
  }

  ~SharedPlan() { munmap(plan_, sizeof(FaultPlan)); }

  SharedPlan(const SharedPlan&) = delete;
  SharedPlan& operator=(const SharedPlan&) = delete;

  void Begin(const Fault& fault) {
    strncpy(plan_->name_part, fault.name_part.c_str(), sizeof(plan_->name_part) - 1);
    plan_->error = fault.error;
    plan_->delay_ms = absl::ToInt64Milliseconds(fault.delay);
    plan_->num_spared = fault.spared;
    plan_->num_failures = fault.failures;
    plan_->num_hits = 0;
    plan_->clock_offset_ns = absl::ToInt64Nanoseconds(absl::Hours(fault.clock_hours));
    plan_->operations = fault.operations;
  }

  // Returns whether anything failed or was slow.
  bool End() {
    plan_->operations = 0;
    return plan_->num_hits > 0;
  }

 private:
  FaultPlan* plan_;
};

class FailingDisk {
 public:
  FailingDisk(uint64_t seed, Report& report)
      : seed_(seed),
        random_(seed),
        report_(report),
        plan_(directory_ / "plan", directory_ / "data"),
        stand_(directory_ / "data", report,
               {"LD_PRELOAD=" ZEUS_BSO_FAULT_SHIM, absl::StrCat(kFaultPlanVariable, "=", directory_ / "plan")}) {}

  void Run(int count) {
    if (!stand_.MustStart("at first")) return;
    for (int i = 0; num_hits_ < count; ++i) {
      const Fault fault = RandomFault(random_);
      where_ = absl::StrCat("fault ", i, " of seed ", seed_, ": ", fault.ToText());
      if (!Suffer(fault)) return;
    }
    report_.Count("answers", stand_.history().num_answers());
  }

 private:
  // False: there is no server any more.
  bool Suffer(const Fault& fault) {
    auto workload = std::make_unique<Workload>(stand_.address(), random_(), stand_.history());
    absl::SleepFor(absl::Milliseconds(100));
    if (fault.restarts) {
      workload.reset();
      stand_.Terminate(where_);
    }
    plan_.Begin(fault);
    bool runs = true;
    if (fault.restarts) {
      runs = stand_.Start();
      workload = runs ? std::make_unique<Workload>(stand_.address(), random_(), stand_.history()) : nullptr;
    }
    absl::SleepFor(fault.length);
    if (runs && fault.IsLasting() && fault.operations != kRead && fault.operations != kOpen) CheckReads();
    if (plan_.End()) {
      report_.Count("faults");
      ++num_hits_;
    }

    if (!runs && !stand_.MustStart(where_)) return false;
    if (!WaitUntilWorking()) return false;
    workload.reset();
    stand_.Settle(where_);
    if (random_() % 2 == 0) return true;
    // Another server must be able to read what the fault has left.
    stand_.Terminate(where_);
    if (!stand_.MustStart(where_)) return false;
    stand_.Settle(where_);
    return true;
  }

  // While changes fail for long, jobs can be read.
  void CheckReads() {
    testing::RpcClient client(stand_.address());
    // A reopening pauses reads for a moment, and ends lists that had begun.
    absl::Time deadline = absl::Now() + kMostPatience;
    grpc::Status status;
    do {
      status = client.Call(Methods::ListJobs, v1::ListJobsRequest()).status;
    } while (!status.ok() && absl::Now() < deadline);
    if (!status.ok()) report_.Fail(where_, absl::StrCat("cannot be read: ", status.error_message()));
  }

  bool WaitUntilWorking() {
    testing::RpcClient client(stand_.address());
    const absl::Time begin = absl::Now();
    v1::RegisterJobRequest request;
    while (true) {
      *request.mutable_spec() = testing::MakeSpecMessage(absl::StrCat("probe-", num_probes_++));
      const auto reply = client.Call(Methods::RegisterJob, request);
      if (reply.ok()) break;
      if (stand_.server().HasEnded() || absl::Now() > begin + kMostPatience) {
        report_.Fail(where_,
                     absl::StrCat(stand_.server().HasEnded() ? "the server has ended: " : "does not work again: ",
                                  reply.status.error_message(), "\n", stand_.server().output()));
        return false;
      }
      absl::SleepFor(kBetweenCalls);
    }
    return true;
  }

  const uint64_t seed_;
  std::mt19937_64 random_;
  Report& report_;
  const testing::TempDir directory_;
  SharedPlan plan_;
  Stand stand_;
  std::string where_;
  int num_probes_ = 0;
  int num_hits_ = 0;  // Faults that made something fail, or slow.
};

}  // namespace

void FailDisks(int count, uint64_t seed, Report& report) { FailingDisk(seed, report).Run(count); }

}  // namespace zeus::bso::torture

#include <sched.h>
#include <sys/mount.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <map>
#include <optional>
#include <random>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "tests/support/temp_dir.h"
#include "tests/torture/observation.h"
#include "tests/torture/power_states.h"
#include "tests/torture/recorded_disk.h"
#include "tests/torture/scenarios.h"
#include "tests/torture/stand.h"
#include "tests/torture/workload.h"

namespace zeus::bso::torture {
namespace {

constexpr absl::Duration kLife = absl::Milliseconds(400);  // Of a server on the recorded disk.

struct FileSystem {
  std::string make;  // The command that makes it.
  int64_t bytes = 0;
};

const FileSystem& Find(const std::string& name) {
  static const auto* const kFileSystems = new std::map<std::string, FileSystem>{
      {"ext4", {.make = "mkfs.ext4 -q -F", .bytes = int64_t{64} << 20}},
      {"xfs", {.make = "mkfs.xfs -q -f", .bytes = int64_t{300} << 20}},  // It needs so much.
  };
  return kFileSystems->at(name);
}

// Returns whether it went well.
bool Run(const std::string& command) { return system(absl::StrCat(command, " >/dev/null 2>&1").c_str()) == 0; }

// A file system on a file, mounted.
class Mount {
 public:
  Mount(const std::string& image, std::string directory) : directory_(std::move(directory)) {
    is_mounted_ = Run(absl::StrCat("mount -o loop ", image, " ", directory_));
  }
  ~Mount() {
    if (is_mounted_) Run(absl::StrCat("umount ", directory_));
  }

  Mount(const Mount&) = delete;
  Mount& operator=(const Mount&) = delete;

  bool is_mounted() const { return is_mounted_; }

 private:
  const std::string directory_;
  bool is_mounted_ = false;
};

class PowerLosses {
 public:
  PowerLosses(const std::string& file_system, uint64_t seed, Report& report)
      : file_system_(Find(file_system)),
        seed_(seed),
        random_(seed),
        report_(report),
        mount_point_(directory_ / "mounted"),
        stand_(mount_point_ + "/data", report) {
    for (const char* name : {"mounted", "recorded"}) std::filesystem::create_directory(directory_ / name);
  }

  void Lose(int count) {
    std::optional<PowerStates> states = Record();
    if (!states.has_value()) return report_.Fail(absl::StrCat("seed ", seed_), "the disk cannot be mounted");
    std::vector<size_t> crashes;
    while (crashes.size() < static_cast<size_t>(count)) crashes.push_back(ChooseCrash(*states));
    std::sort(crashes.begin(), crashes.end());
    for (size_t i = 0; i < crashes.size(); ++i) StartAfter(*states, crashes[i], /*loses=*/i % 2 == 0);
    report_.Count("answers", stand_.history().num_answers());
  }

 private:
  // Lets servers work on a disk, and end in each way.
  std::optional<PowerStates> Record() {
    RecordedDisk disk(directory_ / "recorded", file_system_.bytes);
    if (!Run(absl::StrCat(file_system_.make, " ", disk.file()))) return std::nullopt;
    const Mount mount(disk.file(), mount_point_);
    if (!mount.is_mounted()) return std::nullopt;
    begin_ns_ = NowNs();
    for (int life = 0; life < 3; ++life) {
      if (!stand_.MustStart("on the recorded disk")) return std::nullopt;
      Workload workload(stand_.address(), random_(), stand_.history());
      absl::SleepFor(kLife);
      if (life == 1) {
        stand_.Terminate("on the recorded disk");
      } else {
        stand_.Kill();
      }
    }
    return PowerStates(disk.TakeEvents());
  }

  // Half of them just before a flush, when most is in doubt.
  size_t ChooseCrash(const PowerStates& states) {
    const std::vector<DiskEvent>& events = states.events();
    const auto first = std::find_if(events.begin(), events.end(),
                                    [this](const DiskEvent& event) { return event.time_ns >= begin_ns_; });
    const auto begin = static_cast<size_t>(first - events.begin());
    size_t crash = begin + random_() % (events.size() - begin);
    if (random_() % 2 == 0) {
      while (crash + 1 < events.size() && !events[crash].is_flush) ++crash;
    }
    return crash;
  }

  void StartAfter(PowerStates& states, size_t crash, bool loses) {
    const std::string where = absl::StrCat("event ", crash, loses ? " with losses" : "", " of seed ", seed_);
    const std::string image = directory_ / "image";
    states.StateBefore(crash, loses, random_).Save(image, file_system_.bytes);
    const Mount mount(image, mount_point_);
    if (!mount.is_mounted()) return report_.Fail(where, "the file system cannot be mounted");
    Stand stand(mount_point_ + "/data", report_);
    if (!stand.MustStart(where)) return;
    const Observation now = Observe(stand.address());
    const std::string wrong = absl::StrCat(
        now.errors, now.contradictions, stand_.history().CompareWithCrash(states.events()[crash].time_ns, now.state));
    if (!wrong.empty()) report_.Fail(where, wrong);
    stand.Kill();
    report_.Count(loses ? "states with losses" : "states");
  }

  const FileSystem& file_system_;
  const uint64_t seed_;
  std::mt19937_64 random_;
  Report& report_;
  const testing::TempDir directory_;
  const std::string mount_point_;
  Stand stand_;  // On the recorded disk.
  int64_t begin_ns_ = 0;
};

}  // namespace

std::string WhyNoPowerLoss(const std::string& file_system) {
  if (geteuid() != 0) return "only root may mount disks";
  if (access("/dev/fuse", R_OK | W_OK) != 0) return "there is no /dev/fuse";
  // What is mounted from now on is gone with this program.
  if (unshare(CLONE_NEWNS) != 0 || mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0) {
    return absl::StrCat("no mount namespace: ", strerror(errno));
  }
  const testing::TempDir directory;
  const std::string image = directory / "image";
  std::filesystem::create_directory(directory / "mounted");
  DiskImage().Save(image, Find(file_system).bytes);
  if (!Run(absl::StrCat(Find(file_system).make, " ", image))) return "mkfs fails";
  if (!Mount(image, directory / "mounted").is_mounted()) return "it cannot be mounted";
  return "";
}

void LosePower(const std::string& file_system, int count, uint64_t seed, Report& report) {
  PowerLosses(file_system, seed, report).Lose(count);
}

}  // namespace zeus::bso::torture

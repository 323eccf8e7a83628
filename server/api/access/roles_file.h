// The roles file (--roles), which may be changed while the server runs.
#ifndef ZEUS_BSO_SERVER_API_ACCESS_ROLES_FILE_H_
#define ZEUS_BSO_SERVER_API_ACCESS_ROLES_FILE_H_

#include <sys/stat.h>

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "server/api/access/roles.h"

namespace zeus::bso::api {

// Thread-safe. No call waits for another's look at the file.
class RolesFile {
 public:
  using Clock = std::function<std::chrono::steady_clock::time_point()>;

  // A change of the file is seen so long after the last look, at the next call of Current.
  static constexpr std::chrono::seconds kLookInterval{1};

  // INVALID_ARGUMENT: the file cannot be read, or is wrong (Roles::Parse).
  static absl::StatusOr<std::unique_ptr<RolesFile>> Open(const std::string& path,
                                                         Clock clock = std::chrono::steady_clock::now);

  // What the file grants. Reads it again when it has changed; one that is wrong, or gone, is logged once and leaves in
  // force what it granted before.
  std::shared_ptr<const Roles> Current() ABSL_LOCKS_EXCLUDED(file_mutex_, roles_mutex_);

  // Has the next call of Current look at the file.
  void LookNow() { next_look_ = clock_(); }

 private:
  // By what a change of the file is known. All 0: it cannot be looked at.
  struct Stamp {
    dev_t device = 0;
    ino_t inode = 0;
    off_t size = 0;
    int64_t modified_ns = 0;
    int64_t changed_ns = 0;

    static Stamp Of(const struct stat& file);
    bool operator==(const Stamp&) const = default;
  };

  RolesFile(std::string path, Clock clock);

  // Reads and parses the file, and stamps what was read.
  absl::StatusOr<Roles> Read(Stamp& stamp) const;
  void LookAgain() ABSL_LOCKS_EXCLUDED(roles_mutex_) ABSL_EXCLUSIVE_LOCKS_REQUIRED(file_mutex_);

  const std::string path_;
  const Clock clock_;
  std::atomic<std::chrono::steady_clock::time_point> next_look_;

  absl::Mutex file_mutex_;
  Stamp last_seen_ ABSL_GUARDED_BY(file_mutex_);

  absl::Mutex roles_mutex_;
  std::shared_ptr<const Roles> roles_ ABSL_GUARDED_BY(roles_mutex_);
};

}  // namespace zeus::bso::api

#endif  // ZEUS_BSO_SERVER_API_ACCESS_ROLES_FILE_H_

#include "server/api/access/roles_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "absl/cleanup/cleanup.h"
#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "model/status_macros.h"
#include "spdlog/spdlog.h"

namespace zeus::bso::api {
namespace {

// Ten thousand grants. A call compares its token with each.
constexpr off_t kMaxBytes = 1 << 20;

int64_t Nanoseconds(const timespec& time) { return int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec; }

absl::Status SystemError() { return absl::InvalidArgumentError(std::strerror(errno)); }

absl::StatusOr<std::string> ReadAll(int file, off_t size) {
  std::string text(static_cast<size_t>(size), '\0');
  size_t length = 0;
  while (length < text.size()) {
    const ssize_t count = read(file, text.data() + length, text.size() - length);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return SystemError();
    if (count == 0) break;
    length += static_cast<size_t>(count);
  }
  text.resize(length);
  return text;
}

}  // namespace

RolesFile::Stamp RolesFile::Stamp::Of(const struct stat& file) {
  return {file.st_dev, file.st_ino, file.st_size, Nanoseconds(file.st_mtim), Nanoseconds(file.st_ctim)};
}

absl::StatusOr<std::unique_ptr<RolesFile>> RolesFile::Open(const std::string& path, Clock clock) {
  std::unique_ptr<RolesFile> file(new RolesFile(path, std::move(clock)));
  absl::MutexLock lock(&file->file_mutex_);
  absl::StatusOr<Roles> roles = file->Read(file->last_seen_);
  if (!roles.ok()) {
    return absl::InvalidArgumentError(absl::StrCat("cannot use '", path, "' as roles: ", roles.status().message()));
  }
  absl::MutexLock roles_lock(&file->roles_mutex_);
  file->roles_ = std::make_shared<const Roles>(*std::move(roles));
  return file;
}

RolesFile::RolesFile(std::string path, Clock clock)
    : path_(std::move(path)), clock_(std::move(clock)), next_look_(clock_() + kLookInterval) {}

std::shared_ptr<const Roles> RolesFile::Current() {
  const auto now = clock_();
  auto due = next_look_.load(std::memory_order_relaxed);
  // Whoever moves the time of the next look is the one to look.
  if (now >= due && next_look_.compare_exchange_strong(due, now + kLookInterval) && file_mutex_.TryLock()) {
    LookAgain();
    file_mutex_.Unlock();
  }
  absl::ReaderMutexLock lock(&roles_mutex_);
  return roles_;
}

absl::StatusOr<Roles> RolesFile::Read(Stamp& stamp) const {
  stamp = {};
  // Not to wait for the other end of a pipe.
  const int file = open(path_.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (file < 0) return SystemError();
  const absl::Cleanup closer = [file] { close(file); };
  struct stat status {};
  if (fstat(file, &status) != 0) return SystemError();
  stamp = Stamp::Of(status);
  if (!S_ISREG(status.st_mode)) return absl::InvalidArgumentError("it is not a file");
  if (status.st_size > kMaxBytes) return absl::InvalidArgumentError(absl::StrCat("it is over ", kMaxBytes, " bytes"));
  ZB_ASSIGN_OR_RETURN(const std::string text, ReadAll(file, status.st_size));
  return Roles::Parse(text);
}

void RolesFile::LookAgain() {
  struct stat status {};
  const Stamp stamp = stat(path_.c_str(), &status) == 0 ? Stamp::Of(status) : Stamp();
  if (stamp == last_seen_) return;
  absl::StatusOr<Roles> roles = Read(last_seen_);
  if (!roles.ok()) {
    spdlog::error("cannot use '{}' as roles, those of before stay in force: {}", path_,
                  std::string(roles.status().message()));
    return;
  }
  spdlog::info("the roles in '{}' have changed", path_);
  absl::MutexLock lock(&roles_mutex_);
  roles_ = std::make_shared<const Roles>(*std::move(roles));
}

}  // namespace zeus::bso::api

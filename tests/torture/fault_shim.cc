// Stands between a server and its C library: lets calls on its files fail as a plan says (fault_plan.h), and its system
// clock be wrong. To be loaded by LD_PRELOAD.
#include <dlfcn.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <pthread.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include <cerrno>
#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "tests/torture/fault_plan.h"

namespace zeus::bso::torture {
namespace {

constexpr int64_t kNsPerS = 1'000'000'000;

template <typename Function>
Function* Real(const char* name) {
  return reinterpret_cast<Function*>(dlsym(RTLD_NEXT, name));
}

FaultPlan* MapPlan() {
  static FaultPlan nothing_wrong{};
  const char* const file = getenv(kFaultPlanVariable);
  if (file == nullptr) return &nothing_wrong;
  static auto* const real_open = Real<int(const char*, int, ...)>("open");
  const int descriptor = real_open(file, O_RDWR | O_CLOEXEC);
  void* const memory = mmap(nullptr, sizeof(FaultPlan), PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0);
  return memory == MAP_FAILED ? &nothing_wrong : static_cast<FaultPlan*>(memory);
}

FaultPlan& Plan() {
  static FaultPlan* const plan = MapPlan();
  return *plan;
}

bool Matches(const FaultPlan& plan, const char* path) {
  if (strncmp(path, plan.directory, strlen(plan.directory)) != 0) return false;
  const char* const slash = strrchr(path, '/');
  return strstr(slash == nullptr ? path : slash + 1, plan.name_part) != nullptr;
}

// Whether an operation on a file fails; errno is set then.
bool Fails(FaultyOperation operation, const char* path) {
  FaultPlan& plan = Plan();
  if ((plan.operations & operation) == 0 || !Matches(plan, path)) return false;
  if (plan.num_spared.fetch_sub(1) > 0) return false;
  if (plan.num_failures.fetch_sub(1) <= 0) return false;
  ++plan.num_hits;
  if (plan.delay_ms > 0) usleep(static_cast<useconds_t>(plan.delay_ms * 1000));
  if (plan.error == 0) return false;
  errno = plan.error;
  return true;
}

bool Fails(FaultyOperation operation, int descriptor) {
  if ((Plan().operations & operation) == 0) return false;
  char link[64];
  snprintf(link, sizeof(link), "/proc/self/fd/%d", descriptor);
  char path[512];
  const ssize_t length = readlink(link, path, sizeof(path) - 1);
  if (length < 0) return false;
  path[length] = '\0';
  return Fails(operation, path);
}

timespec Shifted(const timespec& time, int64_t offset_ns) {
  const int64_t ns = time.tv_sec * kNsPerS + time.tv_nsec + offset_ns;
  return {.tv_sec = ns / kNsPerS, .tv_nsec = ns % kNsPerS};
}

}  // namespace
}  // namespace zeus::bso::torture

using zeus::bso::torture::Fails;
using zeus::bso::torture::kCreate;
using zeus::bso::torture::kOpen;
using zeus::bso::torture::kRead;
using zeus::bso::torture::kRename;
using zeus::bso::torture::kSync;
using zeus::bso::torture::kUnlink;
using zeus::bso::torture::kWrite;
using zeus::bso::torture::Plan;
using zeus::bso::torture::Real;
using zeus::bso::torture::Shifted;

extern "C" {

int open(const char* path, int flags, ...) {
  va_list arguments;
  va_start(arguments, flags);
  const mode_t mode = va_arg(arguments, mode_t);
  va_end(arguments);
  if (Fails((flags & O_CREAT) != 0 ? kCreate : kOpen, path)) return -1;
  static auto* const real = Real<int(const char*, int, ...)>("open");
  return real(path, flags, mode);
}

int mkdir(const char* path, mode_t mode) {
  if (Fails(kCreate, path)) return -1;
  static auto* const real = Real<decltype(mkdir)>("mkdir");
  return real(path, mode);
}

int link(const char* from, const char* to) {
  if (Fails(kCreate, to)) return -1;
  static auto* const real = Real<decltype(link)>("link");
  return real(from, to);
}

ssize_t pread(int descriptor, void* data, size_t count, off_t offset) {
  if (Fails(kRead, descriptor)) return -1;
  static auto* const real = Real<decltype(pread)>("pread");
  return real(descriptor, data, count, offset);
}

ssize_t write(int descriptor, const void* data, size_t count) {
  if (Fails(kWrite, descriptor)) return -1;
  static auto* const real = Real<decltype(write)>("write");
  return real(descriptor, data, count);
}

ssize_t pwrite(int descriptor, const void* data, size_t count, off_t offset) {
  if (Fails(kWrite, descriptor)) return -1;
  static auto* const real = Real<decltype(pwrite)>("pwrite");
  return real(descriptor, data, count, offset);
}

int ftruncate(int descriptor, off_t length) {
  if (Fails(kWrite, descriptor)) return -1;
  static auto* const real = Real<decltype(ftruncate)>("ftruncate");
  return real(descriptor, length);
}

int fallocate(int descriptor, int mode, off_t offset, off_t length) {
  if (Fails(kWrite, descriptor)) return -1;
  static auto* const real = Real<decltype(fallocate)>("fallocate");
  return real(descriptor, mode, offset, length);
}

int fsync(int descriptor) {
  if (Fails(kSync, descriptor)) return -1;
  static auto* const real = Real<decltype(fsync)>("fsync");
  return real(descriptor);
}

int fdatasync(int descriptor) {
  if (Fails(kSync, descriptor)) return -1;
  static auto* const real = Real<decltype(fdatasync)>("fdatasync");
  return real(descriptor);
}

int rename(const char* from, const char* to) {
  if (Fails(kRename, to)) return -1;
  static auto* const real = Real<decltype(rename)>("rename");
  return real(from, to);
}

int unlink(const char* path) {
  if (Fails(kUnlink, path)) return -1;
  static auto* const real = Real<decltype(unlink)>("unlink");
  return real(path);
}

int clock_gettime(clockid_t clock, timespec* time) {
  static auto* const real = Real<decltype(clock_gettime)>("clock_gettime");
  const int result = real(clock, time);
  if (result == 0 && clock == CLOCK_REALTIME) *time = Shifted(*time, Plan().clock_offset_ns);
  return result;
}

int gettimeofday(timeval* time, void* /*zone*/) {
  timespec precise{};
  clock_gettime(CLOCK_REALTIME, &precise);
  *time = {.tv_sec = precise.tv_sec, .tv_usec = precise.tv_nsec / 1000};
  return 0;
}

// Times to wait for are those of the wrong clock.
int pthread_cond_timedwait(pthread_cond_t* condition, pthread_mutex_t* mutex, const timespec* until) {
  static auto* const real = Real<decltype(pthread_cond_timedwait)>("pthread_cond_timedwait");
  const timespec shifted = Shifted(*until, -Plan().clock_offset_ns);
  return real(condition, mutex, &shifted);
}

long syscall(long number, ...) {  // NOLINT(google-runtime-int): as it is declared.
  va_list list;
  va_start(list, number);
  long arguments[6];                                               // NOLINT(google-runtime-int)
  for (auto& argument : arguments) argument = va_arg(list, long);  // NOLINT(google-runtime-int)
  va_end(list);
  timespec shifted{};
  if (number == SYS_futex && (arguments[1] & FUTEX_CLOCK_REALTIME) != 0 && arguments[3] != 0) {
    shifted = Shifted(*reinterpret_cast<const timespec*>(arguments[3]), -Plan().clock_offset_ns);
    arguments[3] = reinterpret_cast<long>(&shifted);  // NOLINT(google-runtime-int)
  }
  static auto* const real = Real<long(long, ...)>("syscall");  // NOLINT(google-runtime-int)
  return real(number, arguments[0], arguments[1], arguments[2], arguments[3], arguments[4], arguments[5]);
}

}  // extern "C"

// Tells the thread sanitizer what Debian's Abseil, which is not built for it, does not: that a lock of an absl::Mutex
// follows the unlock before it, and a wait for an absl::Notification its notice. Linked into tests of that build only.
//
// Defining these functions in the executable puts them before those of libabsl_synchronization.so, which they call.
#include <dlfcn.h>
#include <sanitizer/tsan_interface.h>

#include "absl/synchronization/mutex.h"
#include "absl/synchronization/notification.h"

namespace absl {
ABSL_NAMESPACE_BEGIN
namespace {

// The library's function of this mangled name.
template <typename Function>
Function* Original(const char* mangled_name) {
  return reinterpret_cast<Function*>(dlsym(RTLD_NEXT, mangled_name));
}

// Declares `original`, the library's function of this type and mangled name.
#define ZEUS_BSO_ORIGINAL(type, name) static auto* const original = Original<type>(name)

}  // namespace

void Mutex::Lock() {
  ZEUS_BSO_ORIGINAL(void(Mutex*), "_ZN4absl7debian35Mutex4LockEv");
  original(this);
  __tsan_acquire(this);
}

void Mutex::Unlock() {
  ZEUS_BSO_ORIGINAL(void(Mutex*), "_ZN4absl7debian35Mutex6UnlockEv");
  __tsan_release(this);
  original(this);
}

void Mutex::ReaderLock() {
  ZEUS_BSO_ORIGINAL(void(Mutex*), "_ZN4absl7debian35Mutex10ReaderLockEv");
  original(this);
  __tsan_acquire(this);
}

void Mutex::ReaderUnlock() {
  ZEUS_BSO_ORIGINAL(void(Mutex*), "_ZN4absl7debian35Mutex12ReaderUnlockEv");
  __tsan_release(this);
  original(this);
}

void Mutex::LockWhen(const Condition& condition) {
  ZEUS_BSO_ORIGINAL(void(Mutex*, const Condition&), "_ZN4absl7debian35Mutex8LockWhenERKNS0_9ConditionE");
  original(this, condition);
  __tsan_acquire(this);
}

void Mutex::Await(const Condition& condition) {
  ZEUS_BSO_ORIGINAL(void(Mutex*, const Condition&), "_ZN4absl7debian35Mutex5AwaitERKNS0_9ConditionE");
  __tsan_release(this);
  original(this, condition);
  __tsan_acquire(this);
}

bool Mutex::AwaitWithTimeout(const Condition& condition, Duration timeout) {
  ZEUS_BSO_ORIGINAL(bool(Mutex*, const Condition&, Duration),
                    "_ZN4absl7debian35Mutex16AwaitWithTimeoutERKNS0_9ConditionENS0_8DurationE");
  __tsan_release(this);
  const bool held = original(this, condition, timeout);
  __tsan_acquire(this);
  return held;
}

bool CondVar::WaitWithTimeout(Mutex* mutex, Duration timeout) {
  ZEUS_BSO_ORIGINAL(bool(CondVar*, Mutex*, Duration),
                    "_ZN4absl7debian37CondVar15WaitWithTimeoutEPNS0_5MutexENS0_8DurationE");
  __tsan_release(mutex);
  const bool timed_out = original(this, mutex, timeout);
  __tsan_acquire(mutex);
  return timed_out;
}

void Notification::Notify() {
  ZEUS_BSO_ORIGINAL(void(Notification*), "_ZN4absl7debian312Notification6NotifyEv");
  __tsan_release(this);
  __tsan_release(&notified_yet_);  // What HasBeenNotified, which is inline, reads.
  original(this);
}

void Notification::WaitForNotification() const {
  ZEUS_BSO_ORIGINAL(void(const Notification*), "_ZNK4absl7debian312Notification19WaitForNotificationEv");
  original(this);
  __tsan_acquire(const_cast<Notification*>(this));
}

ABSL_NAMESPACE_END
}  // namespace absl

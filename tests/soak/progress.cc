#include "tests/soak/progress.h"

#include "absl/strings/str_cat.h"

namespace zeus::bso::testing {
namespace {

constexpr size_t kFailuresKept = 10;

}  // namespace

void Progress::Fail(const std::string& what) {
  absl::MutexLock lock(&mutex_);
  ++num_failures_;
  if (failures_.size() < kFailuresKept) failures_.push_back(what);
}

bool Progress::Expect(const std::string& call, const grpc::Status& status, grpc::StatusCode code) {
  if (status.error_code() == code) return true;
  Fail(absl::StrCat(call, ": code ", static_cast<int>(status.error_code()), " instead of ", static_cast<int>(code),
                    ": ", status.error_message()));
  return false;
}

std::vector<std::string> Progress::failures() const {
  absl::MutexLock lock(&mutex_);
  return failures_;
}

int64_t Progress::num_failures() const {
  absl::MutexLock lock(&mutex_);
  return num_failures_;
}

}  // namespace zeus::bso::testing

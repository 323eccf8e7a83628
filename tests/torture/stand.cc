#include "tests/torture/stand.h"

#include <signal.h>

#include "absl/strings/str_cat.h"
#include "tests/torture/observation.h"

namespace zeus::bso::torture {

void Stand::Launch() {
  history_.EndUnknownCalls();
  // Little memory, so that files are written often.
  server_ = std::make_unique<testing::ServerProcess>(
      std::vector<std::string>{"--storage=rocksdb:" + data_directory_, "--write_buffers_mib=4"}, environment_);
}

bool Stand::Start() {
  Launch();
  return server_->WaitUntilListening();
}

bool Stand::MustStart(const std::string& where) {
  if (Start()) return true;
  report_.Fail(where, absl::StrCat("does not start:\n", server_->output()));
  return false;
}

void Stand::Kill() {
  server_->Signal(SIGKILL);
  server_->Wait();
}

void Stand::Terminate(const std::string& where) {
  server_->Signal(SIGTERM);
  const int code = server_->Wait();
  if (code != 0) report_.Fail(where, absl::StrCat("ended with ", code, " at SIGTERM:\n", server_->output()));
}

void Stand::Settle(const std::string& where) {
  const Observation now = Observe(address());
  const std::string wrong = absl::StrCat(now.errors, now.contradictions, history_.Settle(now.state));
  if (!wrong.empty()) report_.Fail(where, wrong);
}

}  // namespace zeus::bso::torture

// A disk that is full: calls that change something are refused with a reason that says so, the server goes on, and
// works as before when there is room again. On a real file system of a few megabytes.
#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "tests/server/journal.h"
#include "tests/server/load.h"
#include "tests/server/process_fixture.h"

namespace zeus::bso::testing {
namespace {

// Less than RocksDB would reserve for its log at once, which then could not become full.
constexpr const char* kDiskSize = "size=8m";

void WriteToProc(const std::string& name, const std::string& text) { std::ofstream("/proc/self/" + name) << text; }

// Moves the calling thread, and the processes that it starts, to where it may mount; false where that is not allowed.
bool EnterMountNamespace() {
  const uid_t user = geteuid();
  const gid_t group = getegid();
  if (unshare(CLONE_NEWNS) != 0) {
    if (unshare(CLONE_NEWUSER | CLONE_NEWNS) != 0) return false;
    WriteToProc("setgroups", "deny");
    WriteToProc("uid_map", absl::StrCat("0 ", user, " 1"));
    WriteToProc("gid_map", absl::StrCat("0 ", group, " 1"));
  }
  return mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0;
}

// A small disk under the data directory.
class SmallDisk : public ProcessFixture {
 public:
  // False where no file system can be mounted.
  bool Mount() {
    mkdir(data_directory().c_str(), 0700);
    is_mounted_ = EnterMountNamespace() && mount("tmpfs", data_directory().c_str(), "tmpfs", 0, kDiskSize) == 0;
    return is_mounted_;
  }

  ~SmallDisk() {
    if (is_mounted_) umount2(data_directory().c_str(), MNT_DETACH);
  }

  // Leaves no byte.
  void Fill() const {
    const int file = open(Filler().c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
    REQUIRE(file >= 0);
    for (const size_t bytes : {size_t{1} << 16, size_t{1}}) {
      const std::string zeros(bytes, '\0');
      while (write(file, zeros.data(), zeros.size()) > 0) {
      }
      REQUIRE(errno == ENOSPC);
    }
    close(file);
  }

  void MakeRoom() const { REQUIRE(unlink(Filler().c_str()) == 0); }

 private:
  std::string Filler() const { return data_directory() + "/filler"; }

  bool is_mounted_ = false;
};

int64_t NumErrors(const std::map<CallError, int64_t>& errors) {
  int64_t count = 0;
  for (const auto& [error, times] : errors) {
    CHECK(error == CallError{grpc::RESOURCE_EXHAUSTED, "STORAGE_FULL"});
    count += times;
  }
  return count;
}

// Waits until calls are answered and none fails any more.
void WaitForWork(Journal& journal) {
  do {
    journal.WaitForAnswers(50);
  } while (NumErrors(journal.TakeErrors()) > 0);
}

TEST_CASE_METHOD(SmallDisk, "A full disk refuses changes, loses nothing, and is as before when there is room again") {
  if (!Mount()) {
    WARN("this needs root or user namespaces");
    return;
  }
  Journal journal;
  auto server = Serve();
  const std::string address = server->address();
  CompareAndPrepare(address, {"one", "two"}, journal);
  std::atomic<bool> stop = false;
  {
    Load load(address, "load", journal, [&stop](Caller& caller) {
      while (!stop) caller.Step({"one", "two"});
    });
    for (int round = 0; round < 3; ++round) {
      CAPTURE(round);
      WaitForWork(journal);
      Fill();
      int64_t num_errors = 0;
      while (num_errors < 20) num_errors += NumErrors(journal.TakeErrors());
      RpcClient client(address);
      CHECK(client.Call(RpcClient::Optimizer::ListJobs, v1::ListJobsRequest()).response.jobs_size() >= 2);
      MakeRoom();
    }
    WaitForWork(journal);
    stop = true;
  }
  Stop(*server);
  server = Serve();
  RpcClient client(server->address());
  CHECK(journal.Compare(client) == "");
}

TEST_CASE_METHOD(SmallDisk, "A server that is killed on a full disk says why it cannot start, and starts when it can") {
  if (!Mount()) {
    WARN("this needs root or user namespaces");
    return;
  }
  Journal journal;
  auto server = Serve();
  CompareAndPrepare(server->address(), {"one"}, journal);
  Load load(server->address(), "load", journal, [](Caller& caller) {
    while (caller.Step({"one"})) {
    }
  });
  journal.WaitForAnswers(50);
  Fill();
  load.Join();
  server->Signal(SIGKILL);
  server->Wait();

  server = Start();
  if (!server->WaitUntilListening()) {
    CHECK(server->Wait() == 1);
    CheckContains(server->output(), "the disk of the store is full");
  }
  server.reset();
  MakeRoom();
  server = Serve();
  RpcClient client(server->address());
  CHECK(journal.Compare(client) == "");
}

}  // namespace
}  // namespace zeus::bso::testing

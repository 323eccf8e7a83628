#include "server/api/access/roles_file.h"

#include <sys/stat.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "catch2/catch.hpp"
#include "tests/support/log_capture.h"
#include "tests/support/status_matchers.h"
#include "tests/support/temp_dir.h"
#include "tests/support/tokens.h"

namespace zeus::bso::api {
namespace {

using testing::TokenGrant;

class RolesFileFixture {
 public:
  // Replaces the file as an editor does: at once.
  void Write(const std::string& text) {
    std::ofstream(path() + ".new") << text;
    std::filesystem::rename(path() + ".new", path());
  }

  std::unique_ptr<RolesFile> Open() {
    return testing::Value(RolesFile::Open(path(), [this] { return now_; }));
  }

  // What the file grants this token.
  static std::optional<Role> RoleOf(RolesFile& file, const std::string& token) {
    const std::vector<Grant> grants = file.Current()->OfToken(token);
    return grants.empty() ? std::nullopt : std::optional(grants.front().role);
  }

  // The same after the next look at it.
  std::optional<Role> LookUp(RolesFile& file, const std::string& token) {
    now_ += RolesFile::kLookInterval;
    return RoleOf(file, token);
  }

  void Pass(std::chrono::milliseconds time) { now_ += time; }
  std::string path() const { return directory_ / "roles"; }
  testing::LogCapture& log() { return log_; }

 private:
  testing::TempDir directory_;
  testing::LogCapture log_;
  std::chrono::steady_clock::time_point now_;
};

TEST_CASE_METHOD(RolesFileFixture, "A role that is granted or revoked in the file is in force after the next look") {
  Write(TokenGrant("reader", "a"));
  const auto file = Open();
  CHECK(LookUp(*file, "a") == Role::kReader);
  Write(TokenGrant("reader", "a") + TokenGrant("admin", "b"));
  CHECK(LookUp(*file, "b") == Role::kAdmin);
  CHECK(LookUp(*file, "a") == Role::kReader);
  Write(TokenGrant("admin", "b"));
  CHECK(LookUp(*file, "a") == std::nullopt);
  CHECK(LookUp(*file, "b") == Role::kAdmin);
}

TEST_CASE_METHOD(RolesFileFixture, "A file that is written in place is read again too") {
  Write(TokenGrant("reader", "a"));
  const auto file = Open();
  std::ofstream(path(), std::ios::app) << TokenGrant("admin", "b");
  CHECK(LookUp(*file, "b") == Role::kAdmin);
}

TEST_CASE_METHOD(RolesFileFixture,
                 "A link that is switched to another file is followed, as a mounted secret needs it") {
  const std::string first = path() + ".1";
  const std::string second = path() + ".2";
  std::ofstream(first) << TokenGrant("reader", "a");
  std::ofstream(second) << TokenGrant("reader", "b");
  std::filesystem::create_symlink(first, path());
  const auto file = Open();
  CHECK(LookUp(*file, "b") == std::nullopt);
  std::filesystem::create_symlink(second, path() + ".new");
  std::filesystem::rename(path() + ".new", path());
  CHECK(LookUp(*file, "b") == Role::kReader);
}

TEST_CASE_METHOD(RolesFileFixture, "The file is looked at no more than once in a second") {
  Write(TokenGrant("reader", "a"));
  const auto file = Open();
  Write(TokenGrant("reader", "b"));
  Pass(RolesFile::kLookInterval - std::chrono::milliseconds(1));
  CHECK(RoleOf(*file, "b") == std::nullopt);
  Pass(std::chrono::milliseconds(1));
  CHECK(RoleOf(*file, "b") == Role::kReader);
}

TEST_CASE_METHOD(RolesFileFixture,
                 "A wrong file, or none, leaves in force what was before, is logged once, and can be mended") {
  Write(TokenGrant("reader", "a"));
  const auto file = Open();
  const std::string hash = testing::Sha256Of("a");

  Write("admin token secret\n");
  CHECK(LookUp(*file, "a") == Role::kReader);
  CHECK(LookUp(*file, "a") == Role::kReader);
  CHECK(log().Count("line 1: after 'token' must come") == 1);
  std::filesystem::remove(path());
  CHECK(LookUp(*file, "a") == Role::kReader);
  CHECK(LookUp(*file, "a") == Role::kReader);
  CHECK(log().Count("No such file") == 1);
  Write(TokenGrant("trainer", "a"));
  CHECK(LookUp(*file, "a") == Role::kTrainer);
  CHECK(log().Count("have changed") == 1);
  CHECK(log().Count("secret") == 0);
  CHECK(log().Count(hash) == 0);
}

TEST_CASE_METHOD(RolesFileFixture, "A file that cannot be used is refused by name") {
  const auto check_refused = [&](const std::string& why) {
    const absl::Status status = RolesFile::Open(path()).status();
    CHECK(status.code() == absl::StatusCode::kInvalidArgument);
    CHECK(absl::StrContains(status.message(), path()));
    CHECK(absl::StrContains(status.message(), why));
  };
  check_refused("No such file");
  Write("reader token\n");
  check_refused("line 1");
  Write(std::string((1 << 20) + 1, '#'));
  check_refused("over 1048576 bytes");
  std::filesystem::remove(path());
  std::filesystem::create_directory(path());
  check_refused("not a file");
  std::filesystem::remove(path());
  // Nobody ever writes into it.
  REQUIRE(mkfifo(path().c_str(), 0600) == 0);
  check_refused("not a file");
}

}  // namespace
}  // namespace zeus::bso::api

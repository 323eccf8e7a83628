// A server on a data directory, and what its callers know.
#ifndef ZEUS_BSO_TESTS_TORTURE_STAND_H_
#define ZEUS_BSO_TESTS_TORTURE_STAND_H_

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "tests/support/server_process.h"
#include "tests/torture/history.h"
#include "tests/torture/report.h"

namespace zeus::bso::torture {

class Stand {
 public:
  Stand(std::string data_directory, Report& report, std::vector<std::string> environment = {})
      : data_directory_(std::move(data_directory)), report_(report), environment_(std::move(environment)) {}

  // Starts a server, with no call in progress, and waits until it serves or has ended.
  bool Start();

  // The same; one that ends is a failure.
  bool MustStart(const std::string& where);

  // Starts a server and does not wait.
  void Launch();

  void Kill();

  // Asks the server to end; it is a failure if it does not end well.
  void Terminate(const std::string& where);

  // Compares what the server says with the history, which then begins anew. No call is in progress.
  void Settle(const std::string& where);

  testing::ServerProcess& server() { return *server_; }
  std::string address() const { return server_->address(); }
  const std::string& data_directory() const { return data_directory_; }
  History& history() { return history_; }

 private:
  const std::string data_directory_;
  Report& report_;
  const std::vector<std::string> environment_;
  History history_;
  std::unique_ptr<testing::ServerProcess> server_;
};

}  // namespace zeus::bso::torture

#endif  // ZEUS_BSO_TESTS_TORTURE_STAND_H_

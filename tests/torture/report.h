// What a torture has done, and what went wrong.
#ifndef ZEUS_BSO_TESTS_TORTURE_REPORT_H_
#define ZEUS_BSO_TESTS_TORTURE_REPORT_H_

#include <cstdint>
#include <iostream>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace zeus::bso::torture {

class Report {
 public:
  explicit Report(std::string title) : title_(std::move(title)) {}

  void Count(const std::string& what, int64_t count = 1) { counts_[what] += count; }

  // `where` says what was done to the server; enough to find the fault again.
  void Fail(const std::string& where, const std::string& what) {
    ++num_failures_;
    std::cout << "FAILED: " << title_ << ", " << where << ": " << what << std::endl;
  }

  int64_t num_failures() const { return num_failures_; }

  void Print() const {
    std::cout << title_ << ":";
    for (const auto& [what, count] : counts_) std::cout << " " << count << " " << what << ",";
    std::cout << " " << num_failures_ << " failures" << std::endl;
  }

 private:
  std::string title_;
  std::map<std::string, int64_t> counts_;
  int64_t num_failures_ = 0;
};

}  // namespace zeus::bso::torture

#endif  // ZEUS_BSO_TESTS_TORTURE_REPORT_H_

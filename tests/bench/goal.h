// What is to be reached, each as a number that was measured against a bound.
#ifndef ZEUS_BSO_TESTS_BENCH_GOAL_H_
#define ZEUS_BSO_TESTS_BENCH_GOAL_H_

#include <functional>
#include <iostream>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "tests/bench/load.h"
#include "tests/bench/series.h"

namespace zeus::bso::bench {

struct Goal {
  std::string name;
  Series measured;              // One a repetition; the median counts.
  std::optional<double> bound;  // Absent: it is measured to be known.
  bool at_least = true;         // Else at most.

  bool met() const {
    if (!bound.has_value()) return true;
    return at_least ? measured.median() >= *bound : measured.median() <= *bound;
  }
};

// The goals of a run, in the order in which they are measured.
class Goals {
 public:
  // Only goals whose name `wanted` accepts are measured.
  explicit Goals(std::function<bool(const std::string& name)> wanted) : wanted_(std::move(wanted)) {}

  // Measures a goal: `measure` answers a Series.
  template <typename Measure>
  void AtLeast(const std::string& name, double bound, Measure measure) {
    Add(name, bound, true, measure);
  }
  template <typename Measure>
  void AtMost(const std::string& name, double bound, Measure measure) {
    Add(name, bound, false, measure);
  }
  // Measures what has no bound.
  template <typename Measure>
  void Show(const std::string& name, Measure measure) {
    Add(name, std::nullopt, true, measure);
  }

  bool Wants(const std::string& name) const { return wanted_(name); }

  // Says of calls that were made for a goal whether they failed.
  void Note(const std::string& where, const Measurement& measured) {
    if (measured.failures > 0) failures_.push_back(where + ": " + measured.first_failure);
  }

  const std::vector<Goal>& all() const { return goals_; }
  const std::vector<std::string>& failures() const { return failures_; }

 private:
  template <typename Measure>
  void Add(const std::string& name, std::optional<double> bound, bool at_least, Measure measure) {
    if (!wanted_(name)) return;
    std::cerr << "goal: " << name << std::endl;
    goals_.push_back({name, measure(), bound, at_least});
  }

  const std::function<bool(const std::string&)> wanted_;
  std::vector<Goal> goals_;
  std::vector<std::string> failures_;
};

}  // namespace zeus::bso::bench

#endif  // ZEUS_BSO_TESTS_BENCH_GOAL_H_

#include "tests/torture/linearizability.h"

#include <algorithm>
#include <limits>
#include <unordered_set>
#include <utility>

#include "absl/strings/str_cat.h"

namespace zeus::bso::torture {
namespace {

// What cannot be explained within so many attempts counts as a contradiction.
constexpr size_t kMostTried = 1'000'000;

class Search {
 public:
  Search(const JobModel& initial, std::vector<TimedCall> calls) : initial_(initial), calls_(std::move(calls)) {
    std::stable_sort(calls_.begin(), calls_.end(),
                     [](const TimedCall& a, const TimedCall& b) { return a.end_ns < b.end_ns; });
    taken_.assign(calls_.size(), '0');
    for (const TimedCall& timed : calls_) texts_.push_back(ToText(timed.call));
  }

  std::string Run() {
    if (Explain(initial_, /*latest_begin=*/std::numeric_limits<int64_t>::min())) return "";
    // The last calls that can be explained, and all that cannot.
    constexpr int kShown = 10;
    std::string text =
        absl::StrCat(tried_.size() < kMostTried ? "" : "given up; ", "the job is then: ", furthest_state_, "\n");
    auto to_skip = static_cast<int>(most_taken_) - kShown;
    for (size_t i = 0; i < calls_.size(); ++i) {
      const bool taken = furthest_[i] == '1';
      if (taken && to_skip-- > 0) continue;
      const TimedCall& timed = calls_[i];
      absl::StrAppend(&text, taken ? "  " : "! ", timed.begin_ns / 1000, " to ", timed.end_ns / 1000,
                      " us: ", texts_[i], "\n");
    }
    return text;
  }

 private:
  bool IsOptional(size_t i) const { return calls_[i].call.outcome == Outcome::kUnknown; }

  // Whether the calls that are left can follow a state. `latest_begin` is the greatest of those taken.
  bool Explain(const JobModel& state, int64_t latest_begin) {
    if (tried_.size() >= kMostTried) return false;
    if (!tried_.insert(absl::StrCat(taken_, state.ToText())).second) return false;
    const size_t num_taken = static_cast<size_t>(std::count(taken_.begin(), taken_.end(), '1'));
    if (num_taken >= most_taken_) {
      most_taken_ = num_taken;
      furthest_ = taken_;
      furthest_state_ = state.ToText();
    }

    // A call cannot be taken before one that had been answered when it began.
    int64_t first_end = std::numeric_limits<int64_t>::max();
    bool all_taken = true;
    for (size_t i = 0; i < calls_.size(); ++i) {
      if (taken_[i] == '1' || IsOptional(i)) continue;
      all_taken = false;
      first_end = std::min(first_end, calls_[i].end_ns);
    }
    if (all_taken) return true;

    for (size_t i = 0; i < calls_.size(); ++i) {
      const TimedCall& timed = calls_[i];
      if (taken_[i] == '1' || timed.begin_ns > first_end || timed.end_ns < latest_begin || HasTwinBefore(i)) continue;
      JobModel next = state;
      if (!next.Apply(timed.call)) continue;
      const bool changes = next.ToText() != state.ToText();
      if (IsOptional(i) && !changes) continue;
      taken_[i] = '1';
      if (Explain(next, std::max(latest_begin, timed.begin_ns))) return true;
      taken_[i] = '0';
      // What changes nothing can just as well take effect now.
      if (!changes && !EndsAnOptionalCall(i, latest_begin)) return false;
    }
    return false;
  }

  // Whether an equal call of unknown outcome, which began earlier, has not taken effect either: it can do so as well.
  bool HasTwinBefore(size_t i) const {
    if (!IsOptional(i)) return false;
    for (size_t j = 0; j < calls_.size(); ++j) {
      if (j == i || taken_[j] == '1' || !IsOptional(j) || calls_[j].end_ns != calls_[i].end_ns) continue;
      const bool is_earlier = std::pair(calls_[j].begin_ns, j) < std::pair(calls_[i].begin_ns, i);
      if (is_earlier && texts_[i] == texts_[j]) return true;
    }
    return false;
  }

  // Whether there is a call that can take effect before this one only.
  bool EndsAnOptionalCall(size_t i, int64_t latest_begin) const {
    for (size_t j = 0; j < calls_.size(); ++j) {
      if (taken_[j] == '1' || !IsOptional(j) || calls_[j].end_ns < latest_begin) continue;
      if (calls_[j].end_ns < calls_[i].begin_ns) return true;
    }
    return false;
  }

  const JobModel initial_;
  std::vector<TimedCall> calls_;  // By their end.
  std::vector<std::string> texts_;
  std::string taken_;  // '1' for each call that has taken effect, in this attempt.
  std::unordered_set<std::string> tried_;
  size_t most_taken_ = 0;
  std::string furthest_;  // The attempt that took most calls.
  std::string furthest_state_;
};

}  // namespace

std::string Contradiction(const JobModel& initial, std::vector<TimedCall> calls) {
  return Search(initial, std::move(calls)).Run();
}

}  // namespace zeus::bso::torture

#include "tests/vectors/player.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "server/policy/curves/beliefs.h"
#include "server/policy/curves/explain.h"
#include "server/policy/curves/learn.h"
#include "server/policy/curves/pick.h"
#include "server/policy/curves/stop.h"
#include "server/random/generator.h"

namespace zeus::bso::curves::vectors {
namespace {

// Compares what is recorded with what the policy does, up to the first difference.
class Comparison {
 public:
  void Numbers(absl::string_view name, double expected, double got) {
    if (difference_ || (std::isnan(expected) && std::isnan(got)) || expected == got) return;
    const double difference = std::abs(got - expected) / std::max(1.0, std::abs(expected));
    if (difference <= kTolerance) {
      largest_ = std::max(largest_, difference);
    } else {
      difference_ = absl::StrFormat("%s: expected %.17g, got %.17g", name, expected, got);
    }
  }

  template <typename Value>
  void Exactly(absl::string_view name, const Value& expected, const Value& got) {
    if (difference_ || expected == got) return;
    difference_ = absl::StrCat(name, ": expected ", expected, ", got ", got);
  }

  const std::optional<std::string>& difference() const { return difference_; }
  double largest() const { return largest_; }

 private:
  std::optional<std::string> difference_;
  double largest_ = 0;
};

// One sequence, step by step.
class SequencePlayer {
 public:
  SequencePlayer(const Sequence& sequence, const std::vector<State>& earlier, Comparison& comparison)
      : earlier_(earlier),
        comparison_(comparison),
        state_(MakeState(sequence.setup)),
        generator_(sequence.seed),
        beliefs_(Fit(state_)) {}

  State&& TakeState() { return std::move(state_); }

  void operator()(const LearnFromStep& step) {
    LearnFrom(earlier_[step.sequence], step.transfer, state_);
    beliefs_ = Fit(state_);
  }

  void operator()(const MachineChangedStep&) {
    MachineChanged(state_);
    beliefs_ = Fit(state_);
  }

  void operator()(const ProfileStep& step) {
    Profile(step.size, step.epoch_cost, step.sd, beliefs_, state_);
    beliefs_ = Fit(state_);
  }

  void operator()(const PickStep& step) {
    const Start start = Pick(state_, beliefs_, generator_);
    state_.sizes[start.size].pending += 1;
    comparison_.Exactly("batch size", step.batch_size, state_.setup.batch_sizes[start.size]);
    CompareTickets(step.ticket, start.ticket);
    comparison_.Exactly("limit", step.limit,
                        Limit(state_.setup, state_.job, start.ticket, step.epoch_cost, beliefs_.best_cost));
    starts_[step.run] = start;
  }

  void operator()(const ReportStep& step) {
    const StopDecision decision =
        ShouldStop(state_.setup.beta, state_.job, starts_.at(step.run).ticket, step.progress, beliefs_.best_cost);
    comparison_.Exactly("stop", step.stop, decision.stop());
  }

  void operator()(const FinishStep& step) {
    const Start start = starts_.extract(step.run).mapped();
    state_.sizes[start.size].pending -= 1;
    Finish(beliefs_, start.size, start.ticket.kind, step.progress, step.outcome, state_);
    beliefs_ = Fit(state_);
  }

  void operator()(const ExplainStep& step) {
    const std::vector<SizeExplanation> sizes = Explain(state_, beliefs_);
    for (size_t i = 0; i < sizes.size(); ++i) CompareExplanations(step.rows[i], state_.setup.batch_sizes[i], sizes[i]);
  }

 private:
  void CompareTickets(const Ticket& expected, const Ticket& got) {
    constexpr double kNone = std::numeric_limits<double>::quiet_NaN();
    comparison_.Exactly("kind", static_cast<int>(expected.kind), static_cast<int>(got.kind));
    comparison_.Numbers("ref", expected.reference_cost, got.reference_cost);
    comparison_.Numbers("log_epochs", expected.log_epochs, got.log_epochs);
    comparison_.Numbers("mean", expected.mean, got.mean);
    comparison_.Numbers("sd", expected.sd, got.sd);
    comparison_.Numbers("log_cost", expected.log_cost, got.log_cost);
    comparison_.Numbers("known_cost", expected.known_cost.value_or(kNone), got.known_cost.value_or(kNone));
    comparison_.Numbers("jump", expected.jump, got.jump);
    comparison_.Exactly("escalation", expected.escalation, got.escalation);
  }

  void CompareExplanations(const ExplainStep::Row& expected, int64_t batch_size, const SizeExplanation& got) {
    const auto name = [batch_size](absl::string_view number) {
      return absl::StrCat(number, " of batch size ", batch_size);
    };
    comparison_.Exactly("batch size", expected.batch_size, batch_size);
    comparison_.Numbers(name("cost"), expected.cost, got.cost);
    comparison_.Numbers(name("sd"), expected.sd, got.sd);
    comparison_.Numbers(name("epochs"), expected.epochs, got.epochs);
    comparison_.Numbers(name("epoch cost"), expected.epoch_cost, got.epoch_cost);
    comparison_.Numbers(name("p_best"), expected.p_best, got.p_best);
    comparison_.Exactly<absl::string_view>(name("why"), expected.why, StandingName(got.standing));
  }

  const std::vector<State>& earlier_;
  Comparison& comparison_;
  State state_;
  random::Generator generator_;
  Beliefs beliefs_;
  std::map<int64_t, Start> starts_;  // by run
};

}  // namespace

PlayResult Play(const std::vector<Sequence>& sequences) {
  PlayResult result;
  Comparison comparison;
  std::vector<State> ended;
  for (const Sequence& sequence : sequences) {
    SequencePlayer player(sequence, ended, comparison);
    for (size_t step = 0; step < sequence.steps.size(); ++step) {
      std::visit(player, sequence.steps[step]);
      result.largest_difference = comparison.largest();
      if (comparison.difference()) {
        result.difference = absl::StrCat("sequence ", result.sequences + 1, " (", sequence.name, "), step ", step + 1,
                                         ", ", *comparison.difference());
        return result;
      }
      ++result.steps;
    }
    ++result.sequences;
    ended.push_back(player.TakeState());
  }
  return result;
}

}  // namespace zeus::bso::curves::vectors

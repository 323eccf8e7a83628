#include "tests/vectors/player.h"

#include <map>
#include <utility>

#include "absl/strings/str_cat.h"
#include "server/policy/curves/beliefs.h"
#include "server/policy/curves/explain.h"
#include "server/policy/curves/learn.h"
#include "server/policy/curves/pick.h"
#include "server/policy/curves/stop.h"
#include "server/random/generator.h"
#include "tests/vectors/comparison.h"

namespace zeus::bso::curves::vectors {
namespace {

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
    comparison_.Tickets(step.ticket, start.ticket);
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

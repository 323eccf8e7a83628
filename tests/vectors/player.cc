#include "tests/vectors/player.h"

#include <map>

#include "absl/strings/str_cat.h"
#include "server/policy/curves/explain.h"
#include "server/policy/curves/pick.h"
#include "server/policy/curves/stop.h"
#include "server/random/generator.h"
#include "tests/vectors/comparison.h"
#include "tests/vectors/knowledge.h"

namespace zeus::bso::curves::vectors {
namespace {

// One sequence, step by step.
class SequencePlayer {
 public:
  SequencePlayer(const Sequence& sequence, const std::vector<State>& earlier, Comparison& comparison)
      : earlier_(earlier), comparison_(comparison), knowledge_(sequence.setup), generator_(sequence.seed) {}

  const State& state() const { return knowledge_.state(); }

  void operator()(const LearnFromStep& step) { knowledge_.Learn(step, earlier_[step.sequence]); }
  void operator()(const MachineChangedStep& step) { knowledge_.Learn(step); }
  void operator()(const ProfileStep& step) { knowledge_.Learn(step); }

  void operator()(const PickStep& step) {
    const Start start = Pick(state(), beliefs(), generator_);
    knowledge_.Start(step.run, start.size, start.ticket.kind);
    comparison_.Exactly("batch size", step.batch_size, state().setup.batch_sizes[start.size]);
    comparison_.Tickets(step.ticket, start.ticket);
    comparison_.Exactly("limit", step.limit,
                        Limit(state().setup, state().job, start.ticket, step.epoch_cost, beliefs().best_cost));
    tickets_[step.run] = start.ticket;
  }

  void operator()(const ReportStep& step) {
    const StopDecision decision =
        ShouldStop(state().setup.beta, state().job, tickets_.at(step.run), step.progress, beliefs().best_cost);
    comparison_.Exactly("stop", step.stop, decision.stop());
  }

  void operator()(const FinishStep& step) { knowledge_.Learn(step); }

  void operator()(const ExplainStep& step) {
    const std::vector<SizeExplanation> sizes = Explain(state(), beliefs());
    for (size_t i = 0; i < sizes.size(); ++i) {
      const SizeExplanation& size = sizes[i];
      comparison_.Rows(step.rows[i], {.batch_size = state().setup.batch_sizes[i],
                                      .cost = size.cost,
                                      .sd = size.sd,
                                      .epochs = size.epochs,
                                      .epoch_cost = size.epoch_cost,
                                      .p_best = size.p_best,
                                      .why = std::string(StandingName(size.standing))});
    }
  }

 private:
  const Beliefs& beliefs() const { return knowledge_.beliefs(); }

  const std::vector<State>& earlier_;
  Comparison& comparison_;
  Knowledge knowledge_;
  random::Generator generator_;
  std::map<int64_t, Ticket> tickets_;  // by run
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
    ended.push_back(player.state());
  }
  return result;
}

}  // namespace zeus::bso::curves::vectors

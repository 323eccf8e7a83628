#include "tests/vectors/server_player.h"

#include <map>
#include <utility>
#include <variant>

#include "absl/strings/str_cat.h"
#include "server/rpc/convert.h"
#include "tests/vectors/comparison.h"
#include "tests/vectors/recorded_run.h"

namespace zeus::bso::curves::vectors {
namespace {

using Optimizer = testing::RpcClient::Optimizer;
using Service = testing::RpcClient::Service;

constexpr double kMetricOfTarget = 1;
constexpr double kMetricBelowTarget = 0;

v1::JobSpec SpecOf(const Sequence& sequence, EarlyStops early_stops, const std::string& job_id) {
  const Setup& setup = sequence.setup;
  v1::JobSpec spec;
  spec.set_job_id(job_id);
  spec.set_policy(v1::POLICY_CURVES);
  for (const int64_t batch_size : setup.batch_sizes) spec.add_batch_sizes(batch_size);
  spec.set_default_batch_size(setup.batch_sizes[setup.default_size]);
  spec.set_max_epochs(setup.max_epochs);
  if (early_stops == EarlyStops::kOn) {
    spec.set_beta_knob(setup.beta);
  } else {
    spec.set_disable_early_stop(true);
  }
  spec.set_mab_seed(sequence.seed);
  spec.set_eta_knob(1);
  spec.set_max_power(300);
  spec.set_number_of_gpus(1);
  spec.set_gpu_model("V100");
  return spec;
}

// A run in flight.
struct Flight {
  v1::Trial trial;
  std::optional<double> first_cost;  // that the server knows
  bool ended = false;                // by the report of an early stop
};

// One sequence, step by step. A step answers whether it was played.
class SequencePlayer {
 public:
  SequencePlayer(const Sequence& sequence, EarlyStops early_stops, std::string job_id, testing::RpcClient& client,
                 Comparison& comparison, ServerPlayResult& result)
      : setup_(sequence.setup),
        stops_early_(early_stops == EarlyStops::kOn),
        job_id_(std::move(job_id)),
        runs_(RunsOf(sequence)),
        client_(client),
        comparison_(comparison),
        result_(result) {
    v1::RegisterJobRequest request;
    *request.mutable_spec() = SpecOf(sequence, early_stops, job_id_);
    Call("RegisterJob", Optimizer::RegisterJob, request);
  }

  bool operator()(const LearnFromStep&) { return false; }
  bool operator()(const MachineChangedStep&) { return false; }
  bool operator()(const ProfileStep&) { return false; }
  bool operator()(const ExplainStep&) { return true; }

  bool operator()(const PickStep& step) {
    v1::StartTrialRequest request;
    request.set_job_id(job_id_);
    Flight& flight = flights_[step.run];
    flight.trial = Call("StartTrial", Optimizer::StartTrial, request).trial();
    comparison_.Exactly("batch size", step.batch_size, flight.trial.batch_size());
    comparison_.Tickets(step.ticket, rpc::FromProto(flight.trial).ticket.value_or(Ticket()));
    ++result_.picks;
    return true;
  }

  bool operator()(const ReportStep& step) {
    Flight& flight = flights_.at(step.run);
    const RecordedRun& run = runs_.at(step.run);
    if (!CanReport(step, run) || !ShowFirstCost(step.progress, run, flight)) {
      ++result_.reports_left_out;
      return !flight.ended;
    }
    flight.ended = Report(step.progress, kMetricBelowTarget, flight).stop_train();
    comparison_.Exactly("stop", step.stop && stops_early_, flight.ended);
    ++result_.reports;
    return true;
  }

  bool operator()(const FinishStep& step) {
    Flight flight = flights_.extract(step.run).mapped();
    if (!flight.ended && !End(step, flight)) return false;
    ++result_.ends;
    return true;
  }

 private:
  // Whether this report can be sent without an effect that the recording does not have.
  bool CanReport(const ReportStep& step, const RecordedRun& run) const {
    if (stops_early_ && step.stop && !run.EndsAt(step)) return false;
    const Progress& progress = step.progress;
    // At max_epochs the server ends a trial.
    if (progress.epochs < 0 || progress.epochs >= setup_.max_epochs) return false;
    // The server takes the epochs of a run that gives up from the furthest report.
    const bool gives_up = run.finish != nullptr && run.finish->outcome == Outcome::kGaveUp;
    return !gives_up || progress.epochs <= run.finish->progress.epochs;
  }

  // Reports epoch 1 where `progress` needs it. Whether the server then judges `progress` with its first cost.
  bool ShowFirstCost(const Progress& progress, const RecordedRun& run, Flight& flight) {
    const std::optional<double> first_cost = run.first_cost();
    if (progress.epochs == 1) {
      // This is the report that shows it.
      return flight.first_cost.has_value() || KnownCost(progress.cost) == first_cost;
    }
    if (progress.epochs < 1) return true;
    if (KnownCost(progress.first_cost) != first_cost) return KnownCost(progress.first_cost) == flight.first_cost;
    if (flight.first_cost == first_cost) return true;
    const auto verdict = Report({.epochs = 1, .cost = *first_cost}, kMetricBelowTarget, flight);
    flight.ended = verdict.stop_train();
    return !flight.ended;
  }

  bool End(const FinishStep& step, Flight& flight) {
    switch (step.outcome) {
      case Outcome::kFailed:
        return EndWithout(v1::TRIAL_FAILURE_FAILED, flight);
      case Outcome::kInfeasible:
        return EndWithout(v1::TRIAL_FAILURE_INFEASIBLE, flight);
      case Outcome::kLost:
        return EndWithout(v1::TRIAL_FAILURE_CANCELLED, flight);
      default:
        break;
    }
    if (step.progress.epochs < 1) return false;
    if (step.progress.epochs > 1 && !ShowFirstCost(step.progress, runs_.at(step.run), flight)) return false;

    const bool converges = step.outcome == Outcome::kConverged;
    const auto verdict = Report(step.progress, converges ? kMetricOfTarget : kMetricBelowTarget, flight);
    comparison_.Exactly("converged", converges, verdict.converged());
    if (converges || step.progress.epochs >= setup_.max_epochs) {
      comparison_.Exactly("stop", true, verdict.stop_train());
      return true;
    }
    if (step.outcome == Outcome::kStopped) return verdict.stop_train() || StopByHand(step.progress, flight);
    return !verdict.stop_train() && EndWithout(v1::TRIAL_FAILURE_NOT_CONVERGED, flight);
  }

  v1::ReportResultResponse Report(const Progress& progress, double metric, Flight& flight) {
    auto request = AboutTrial<v1::ReportResultRequest>(flight);
    request.set_time_seconds(0);
    request.set_energy_joules(KnownCost(progress.cost).value_or(0));
    request.set_metric(metric);
    request.set_current_epoch(progress.epochs);
    if (progress.epochs == 1 && !flight.first_cost) flight.first_cost = KnownCost(progress.cost);
    return Call("ReportResult", Optimizer::ReportResult, request);
  }

  bool EndWithout(v1::TrialFailure failure, const Flight& flight) {
    auto request = AboutTrial<v1::EndTrialRequest>(flight);
    request.set_failure(failure);
    Call("EndTrial", Optimizer::EndTrial, request);
    return true;
  }

  // Ends a trial that the policy would let go on.
  bool StopByHand(const Progress& progress, const Flight& flight) {
    auto request = AboutTrial<v1::UpdateTrialRequest>(flight);
    request.set_status(v1::TRIAL_STATUS_SUCCEEDED);
    request.set_time_seconds(0);
    request.set_energy_joules(KnownCost(progress.cost).value_or(0));
    request.set_converged(false);
    request.set_epochs(progress.epochs);
    Call("UpdateTrial", Service::UpdateTrial, request);
    return true;
  }

  template <typename Request>
  Request AboutTrial(const Flight& flight) const {
    Request request;
    request.set_job_id(job_id_);
    request.set_batch_size(flight.trial.batch_size());
    request.set_trial_number(flight.trial.trial_number());
    return request;
  }

  // An empty response after an error, which counts as a difference.
  template <typename Request, typename Response>
  Response Call(absl::string_view name, testing::RpcMethod<Request, Response> method, const Request& request) {
    const testing::Reply<Response> reply = client_.Call(method, request);
    if (!reply.ok()) comparison_.Fail(absl::StrCat(name, ": ", reply.status.error_message()));
    return reply.response;
  }

  const Setup& setup_;
  const bool stops_early_;
  const std::string job_id_;
  const std::map<int64_t, RecordedRun> runs_;
  testing::RpcClient& client_;
  Comparison& comparison_;
  ServerPlayResult& result_;
  std::map<int64_t, Flight> flights_;
};

}  // namespace

ServerPlayResult PlayThroughServer(const std::vector<Sequence>& sequences, EarlyStops early_stops,
                                   testing::RpcClient& client) {
  ServerPlayResult result;
  Comparison comparison;
  for (size_t number = 1; number <= sequences.size(); ++number) {
    const Sequence& sequence = sequences[number - 1];
    SequencePlayer player(sequence, early_stops, absl::StrCat("sequence-", number), client, comparison, result);
    size_t step = 0;
    while (step < sequence.steps.size() && std::visit(player, sequence.steps[step])) {
      ++step;
      if (!comparison.difference()) continue;
      result.difference =
          absl::StrCat("sequence ", number, " (", sequence.name, "), step ", step, ", ", *comparison.difference());
      return result;
    }
    result.whole_sequences += step == sequence.steps.size();
    result.steps_not_reached += static_cast<int64_t>(sequence.steps.size() - step);
    result.largest_difference = comparison.largest();
  }
  return result;
}

}  // namespace zeus::bso::curves::vectors

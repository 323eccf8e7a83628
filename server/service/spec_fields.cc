#include "server/service/spec_fields.h"

#include <algorithm>
#include <cstdint>
#include <initializer_list>
#include <iterator>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/time/time.h"
#include "model/job_spec_fields.h"

namespace zeus::bso {
namespace {

bool IsOneOf(absl::string_view field, std::initializer_list<absl::string_view> fields) {
  return std::find(fields.begin(), fields.end(), field) != fields.end();
}

// Those that are in `a` and not in `b`.
std::vector<int64_t> Without(const std::vector<int64_t>& a, const std::vector<int64_t>& b) {
  std::vector<int64_t> rest;
  std::set_difference(a.begin(), a.end(), b.begin(), b.end(), std::back_inserter(rest));
  return rest;
}

std::string MeaningOfSizes(const JobSpec& before, const JobSpec& after) {
  const std::vector<int64_t> added = Without(after.batch_sizes, before.batch_sizes);
  const std::vector<int64_t> removed = Without(before.batch_sizes, after.batch_sizes);
  std::vector<std::string> sentences;
  if (!added.empty()) sentences.push_back(absl::StrCat("Added, untried: ", absl::StrJoin(added, ", "), "."));
  if (!removed.empty()) {
    sentences.push_back(
        absl::StrCat("Not offered any more: ", absl::StrJoin(removed, ", "), ". Their trials stay in the history."));
  }
  return absl::StrJoin(sentences, " ");
}

std::string MeaningOfBeta(const JobSpec& after) {
  if (!after.beta_knob.has_value()) return "Trials are not stopped for their cost any more.";
  return absl::StrCat("From its next report on, a trial is stopped once it costs more than ", *after.beta_knob,
                      " times what the best costs.");
}

std::string MeaningOfTimeout(const JobSpec& after) {
  if (!after.trial_timeout.has_value()) return "The server's --default_trial_timeout holds for running trials, too.";
  if (*after.trial_timeout == absl::ZeroDuration()) return "Running trials do not time out any more.";
  return absl::StrCat("Running trials, too, end as failed when nothing was heard from them for ",
                      absl::FormatDuration(*after.trial_timeout), ".");
}

}  // namespace

bool CanChange(absl::string_view field, const JobSpec& before, const JobSpec& after) {
  if (field == "policy") return before.policy == PolicyKind::kZeus;
  if (IsOneOf(field, {"trial_timeout", "max_failures_per_batch_size", "beta_knob", "max_epochs", "default_batch_size",
                      "gpu_model"})) {
    return true;
  }
  return after.policy == PolicyKind::kCurves &&
         IsOneOf(field, {"batch_sizes", "max_power", "number_of_gpus", "eta_knob", "target_metric",
                         "higher_is_better_metric"});
}

std::string MeaningOf(absl::string_view field, const JobSpec& before, const JobSpec& after) {
  const bool follows_curves = after.policy == PolicyKind::kCurves;
  if (field == "policy") return "POLICY_CURVES has learned from the trials of the job.";
  if (field == "batch_sizes") return MeaningOfSizes(before, after);
  if (field == "beta_knob") return MeaningOfBeta(after);
  if (field == "trial_timeout") return MeaningOfTimeout(after);
  if (field == "max_epochs") {
    return absl::StrCat("A training that has not converged after ", after.max_epochs,
                        " epochs has failed to; running ones, too.");
  }
  if (field == "max_failures_per_batch_size") {
    if (follows_curves) return "Nothing: POLICY_CURVES does not look at it.";
    if (after.max_failures_per_batch_size == 0) return "No size is ruled out for its failures.";
    return absl::StrCat("A size is ruled out after ", after.max_failures_per_batch_size, " failures in a row.");
  }
  if (field == "default_batch_size") {
    return absl::StrCat("Savings are told against batch size ", after.default_batch_size,
                        follows_curves ? "." : "; pruning that is not over goes on from there.");
  }
  if (field == "gpu_model" || field == "number_of_gpus") {
    if (!follows_curves) return "Only what is shown: POLICY_ZEUS does not look at it.";
    return "What epochs cost keeps its shape over the batch sizes; the next trial sets its level.";
  }
  if (field == "eta_knob" || field == "max_power") {
    return "What epochs cost is weighed anew, from their seconds and joules.";
  }
  return "How many epochs the sizes need is unknown again; what epochs cost stays.";
}

std::vector<std::string> DifferingFields(const JobSpec& a, const JobSpec& b) {
  std::vector<std::string> fields;
  const auto compare = [&fields](const char* name, const auto& left, const auto& right) {
    if (left != right) fields.emplace_back(name);
  };
#define ZB_COMPARE(field) compare(#field, a.field, b.field);
  ZB_JOB_SPEC_FIELDS(ZB_COMPARE, ZB_COMPARE)
#undef ZB_COMPARE
  return fields;
}

}  // namespace zeus::bso

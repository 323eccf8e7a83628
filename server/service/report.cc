#include "server/service/report.h"

#include <map>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "model/error.h"
#include "server/policy/target.h"

namespace zeus::bso {

TrialProgress TotalsOf(const Report& report) {
  const TrialProgress& base = report.base;
  return {.epochs = base.epochs + report.current_epoch.value_or(0),
          .time_seconds = base.time_seconds + report.time_seconds.value_or(0),
          .energy_joules = base.energy_joules + report.energy_joules.value_or(0),
          .metric = report.metric.value_or(0)};
}

absl::Status CheckPresence(const JobSpec& spec, const Report& report) {
  std::map<std::string, std::string> rules;
  if (!report.time_seconds.has_value() && spec.eta_knob != 1) {
    rules["time_seconds"] = absl::StrCat("must be sent, even if it is 0: it counts, as eta_knob is ", spec.eta_knob);
  }
  if (!report.energy_joules.has_value() && spec.eta_knob == 1) {
    rules["energy_joules"] = "must be sent, even if it is 0: it is the whole cost, as eta_knob is 1";
  }
  if (!report.metric.has_value() && ReachesTarget(spec, 0)) {
    rules["metric"] =
        absl::StrCat("must be sent, even if it is 0: 0 would reach the target, which is ", spec.target_metric);
  }
  return rules.empty() ? absl::OkStatus() : MakeFieldError(rules);
}

absl::Status CheckGrowth(const std::optional<TrialProgress>& known, const TrialProgress& report) {
  if (!known.has_value() || report.epochs <= known->epochs) return absl::OkStatus();
  std::map<std::string, std::string> rules;
  const auto check = [&](double before, double now, const char* field) {
    if (now >= before) return;
    rules[field] = absl::StrFormat(
        "must not be less than at an earlier epoch: it is %.10g at epoch %d, and was %.10g at "
        "epoch %d",
        now, report.epochs, before, known->epochs);
  };
  check(known->time_seconds, report.time_seconds, "time_seconds");
  check(known->energy_joules, report.energy_joules, "energy_joules");
  return rules.empty() ? absl::OkStatus() : MakeFieldError(rules);
}

}  // namespace zeus::bso

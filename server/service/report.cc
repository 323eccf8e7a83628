#include "server/service/report.h"

#include <map>
#include <string>

#include "absl/strings/str_cat.h"
#include "model/error.h"
#include "server/policy/target.h"

namespace zeus::bso {

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

}  // namespace zeus::bso

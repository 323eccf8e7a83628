#include "server/service/warning_log.h"

#include <algorithm>

#include "server/service/warning_text.h"
#include "spdlog/spdlog.h"

namespace zeus::bso {

void WarningLog::OnCommit(const storage::JobChange& change) {
  if (!change.warnings_changed.has_value()) return;
  for (const Warning& warning : *change.warnings_changed) {
    const bool is_known = std::any_of(change.warnings_before.begin(), change.warnings_before.end(),
                                      [&](const Warning& before) { return IsSameWarning(before, warning); });
    if (is_known) continue;
    spdlog::warn("job '{}': {}: {}", change.job_id, NameOf(warning.reason), Describe(warning).message);
  }
}

}  // namespace zeus::bso

#include "storage/job_count.h"

#include <string>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "model/status_macros.h"
#include "spdlog/spdlog.h"
#include "storage/schema.h"

namespace zeus::bso::storage {

JobCount::JobCount(Engine& engine, std::optional<int64_t> known)
    : count_(known.value_or(0)), is_exact_(known.has_value()) {
  if (is_exact_) return;
  thread_ = std::thread([this, start = engine.Begin(Isolation::kSnapshot)] { CountAll(*start); });
}

JobCount::~JobCount() {
  stopping_ = true;
  if (thread_.joinable()) thread_.join();
}

void JobCount::CountAll(Transaction& start) {
  const absl::Status status = start.Scan(Table::kJobs, "", "", [this](absl::string_view, absl::string_view) {
    Add(1);
    return !stopping_;
  });
  is_exact_ = status.ok() && !stopping_;
  if (!status.ok()) spdlog::warn("counting the jobs failed, --max_jobs is not kept: {}", status.ToString());
}

absl::Status JobCount::Note(Transaction& transaction, uint32_t incarnation) const {
  if (!is_exact_) return absl::OkStatus();
  return transaction.Put(Table::kMeta, kJobCountKey, absl::StrCat(incarnation, " ", value()));
}

absl::StatusOr<std::optional<int64_t>> JobCount::FindNote(Transaction& transaction, uint32_t incarnation) {
  ZB_ASSIGN_OR_RETURN(const std::optional<std::string> note, transaction.Get(Table::kMeta, kJobCountKey));
  if (!note.has_value()) return std::nullopt;
  const std::pair<absl::string_view, absl::string_view> parts = absl::StrSplit(*note, absl::MaxSplits(' ', 1));
  uint32_t noted_at = 0;
  int64_t count = 0;
  const bool is_valid = absl::SimpleAtoi(parts.first, &noted_at) && noted_at == incarnation &&
                        absl::SimpleAtoi(parts.second, &count) && count >= 0;
  return is_valid ? std::optional(count) : std::nullopt;
}

}  // namespace zeus::bso::storage

#include "storage/job_count.h"

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "spdlog/spdlog.h"

namespace zeus::bso::storage {

JobCount::JobCount(Engine& engine)
    : thread_([this, start = engine.Begin(Isolation::kSnapshot)] { CountAll(*start); }) {}

JobCount::~JobCount() {
  stopping_ = true;
  thread_.join();
}

void JobCount::CountAll(Transaction& start) {
  const absl::Status status = start.Scan(Table::kJobs, "", "", [this](absl::string_view, absl::string_view) {
    Add(1);
    return !stopping_;
  });
  if (!status.ok()) spdlog::warn("counting the jobs failed, --max_jobs is not kept: {}", status.ToString());
}

}  // namespace zeus::bso::storage

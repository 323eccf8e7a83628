#include "storage/job_integrity.h"

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/strings/str_cat.h"
#include "model/error.h"
#include "model/status_macros.h"
#include "storage/keys.h"
#include "storage/records.h"

namespace zeus::bso::storage {
namespace {

using Visit = absl::FunctionRef<absl::Status(absl::string_view key, absl::string_view value)>;

absl::Status Disagree(absl::string_view what) { return MakeError(Reason::kStorageCorrupted, what); }

class JobRows {
 public:
  JobRows(absl::string_view job_id, const JobRow& row, RowReader read) : job_id_(job_id), row_(row), read_(read) {}

  absl::Status Check() {
    ZB_RETURN_IF_ERROR(ReadTrials());
    ZB_RETURN_IF_ERROR(CheckExplorations());
    ZB_RETURN_IF_ERROR(CheckResults());
    ZB_RETURN_IF_ERROR(CheckClients());
    ZB_RETURN_IF_ERROR(CheckCurvesSizes());
    ZB_RETURN_IF_ERROR(ForEach(Table::kArms, [](absl::string_view key, absl::string_view value) -> absl::Status {
      ZB_ASSIGN_OR_RETURN(const int64_t batch_size, BatchSizeOfArmRow(key));
      return DecodeArm(batch_size, value).status();
    }));
    ZB_RETURN_IF_ERROR(ForEach(Table::kCostMoments, [](absl::string_view, absl::string_view value) {
      return DecodeCostMoments(value).status();
    }));
    ZB_RETURN_IF_ERROR(
        ForEach(Table::kCollectedSizes, [](absl::string_view key, absl::string_view value) -> absl::Status {
          ZB_ASSIGN_OR_RETURN(const int64_t batch_size, BatchSizeOfCollectedSizeRow(key));
          return DecodeCollectedSize(batch_size, value).status();
        }));
    ZB_RETURN_IF_ERROR(ForEach(Table::kCurvesBases, [](absl::string_view, absl::string_view value) {
      return DecodeCurvesBase(value).status();
    }));
    return ForEach(Table::kSummaries,
                   [](absl::string_view, absl::string_view value) { return DecodeJobSummary(value).status(); });
  }

 private:
  // Visits the job's rows of a table until `visit` fails.
  absl::Status ForEach(Table table, Visit visit) {
    absl::Status visited;
    ZB_RETURN_IF_ERROR(read_(table, UidKey(row_.uid), [&](absl::string_view key, absl::string_view value) {
      visited = visit(key, value);
      return visited.ok();
    }));
    return visited;
  }

  absl::Status ReadTrials() {
    ZB_RETURN_IF_ERROR(ForEach(Table::kTrials, [&](absl::string_view key, absl::string_view value) -> absl::Status {
      ZB_ASSIGN_OR_RETURN(const UidAndNumber names, ParseTrialRowKey(key));
      ZB_ASSIGN_OR_RETURN(Trial trial, DecodeTrial(job_id_, names.trial_number, value));
      trials_.emplace(names.trial_number, std::move(trial));
      return absl::OkStatus();
    }));
    const TrialHistory history = row_.job.history.value_or(TrialHistory());
    const auto count = static_cast<int64_t>(trials_.size());
    const int64_t expected = row_.last_trial_number - history.num_collected;
    if (count != expected) return Disagree(absl::StrCat("it has ", count, " trials of ", expected));
    // With as many as there should be and the right bounds, none is missing between.
    const auto begin = trials_.lower_bound(history.begin);
    const int64_t num_before = std::distance(trials_.begin(), begin);
    const bool is_whole = count - num_before == row_.last_trial_number - history.begin + 1 &&
                          (begin == trials_.end() || trials_.rbegin()->first == row_.last_trial_number) &&
                          (count == 0 || trials_.begin()->first >= history.first);
    return is_whole ? absl::OkStatus() : Disagree("its trials are not those of its history");
  }

  // The trial that a row by batch size names, if it has that size; null otherwise.
  const Trial* Find(const SizeAndNumber& names) const {
    const auto found = trials_.find(names.trial_number);
    return found != trials_.end() && found->second.batch_size == names.batch_size ? &found->second : nullptr;
  }

  template <typename Predicate>
  absl::Status CheckCount(absl::string_view rows, int64_t count, Predicate has_row) const {
    const auto expected =
        std::count_if(trials_.begin(), trials_.end(), [&](const auto& numbered) { return has_row(numbered.second); });
    if (count == expected) return absl::OkStatus();
    return Disagree(absl::StrCat("it has ", count, " ", rows, ", and should have ", expected));
  }

  absl::Status CheckExplorations() {
    int64_t count = 0;
    ZB_RETURN_IF_ERROR(
        ForEach(Table::kExplorations, [&](absl::string_view key, absl::string_view value) -> absl::Status {
          ++count;
          ZB_ASSIGN_OR_RETURN(const SizeAndNumber names, ParseExplorationRowKey(key));
          ZB_ASSIGN_OR_RETURN(const Trial kept, DecodeTrial(job_id_, names.trial_number, value));
          const Trial* const trial = Find(names);
          if (trial != nullptr && IsExploration(*trial) && trial->status == kept.status) return absl::OkStatus();
          return Disagree(absl::StrCat("the exploration of trial ", names.trial_number, " is not that trial"));
        }));
    return CheckCount("explorations", count, IsExploration);
  }

  absl::Status CheckResults() {
    int64_t count = 0;
    ZB_RETURN_IF_ERROR(ForEach(Table::kResults, [&](absl::string_view key, absl::string_view value) -> absl::Status {
      ++count;
      ZB_ASSIGN_OR_RETURN(const SizeAndNumber names, ParseResultRowKey(key));
      ZB_ASSIGN_OR_RETURN(const Result result, DecodeResult(value));
      const Trial* const trial = Find(names);
      if (trial != nullptr && HasResult(*trial) && trial->result == result) return absl::OkStatus();
      return Disagree(absl::StrCat("the result of trial ", names.trial_number, " is not that of the trial"));
    }));
    return CheckCount("results", count, HasResult);
  }

  absl::Status CheckClients() {
    int64_t count = 0;
    ZB_RETURN_IF_ERROR(ForEach(Table::kClients, [&](absl::string_view key, absl::string_view value) -> absl::Status {
      ++count;
      const absl::string_view client_id = key.substr(kUidBytes);
      ZB_ASSIGN_OR_RETURN(const int64_t trial_number, DecodeClient(value));
      const auto found = trials_.find(trial_number);
      if (found != trials_.end() && IsOfClient(found->second) && found->second.client_id == client_id) {
        return absl::OkStatus();
      }
      return Disagree(absl::StrCat("trial ", trial_number, " is not run by client '", client_id, "'"));
    }));
    return CheckCount("clients", count, IsOfClient);
  }

  static bool IsOfClient(const Trial& trial) {
    return trial.status == TrialStatus::kDispatched && !trial.client_id.empty();
  }

  int64_t CountRunning(absl::FunctionRef<bool(int64_t batch_size)> at) const {
    return std::count_if(trials_.begin(), trials_.end(), [&](const auto& numbered) {
      return numbered.second.status == TrialStatus::kDispatched && at(numbered.second.batch_size);
    });
  }

  absl::Status CheckCurvesSizes() {
    const Job& job = row_.job;
    std::vector<int64_t> sizes;
    ZB_RETURN_IF_ERROR(
        ForEach(Table::kCurvesSizes, [&](absl::string_view key, absl::string_view value) -> absl::Status {
          ZB_ASSIGN_OR_RETURN(sizes.emplace_back(), BatchSizeOfCurvesSizeRow(key));
          if (!job.curves.has_value()) return Disagree("it has batch sizes of the curves policy");
          ZB_ASSIGN_OR_RETURN(const CurvesSize size, DecodeCurvesSize(sizes.back(), *job.curves, value));
          const int64_t num_running = CountRunning([&](int64_t of) { return of == size.batch_size; });
          if (size.state.pending == num_running) return absl::OkStatus();
          return Disagree(absl::StrCat(num_running, " trials of batch size ", size.batch_size, " run, and not ",
                                       size.state.pending));
        }));
    if (!job.curves.has_value()) return absl::OkStatus();
    if (sizes != job.spec.batch_sizes) return Disagree("the stored batch sizes are not those of the job");
    const int64_t elsewhere =
        CountRunning([&](int64_t of) { return !std::binary_search(sizes.begin(), sizes.end(), of); });
    if (job.curves->num_running_elsewhere == elsewhere) return absl::OkStatus();
    return Disagree(absl::StrCat(elsewhere, " trials run at batch sizes that were removed, and not ",
                                 job.curves->num_running_elsewhere));
  }

  const absl::string_view job_id_;
  const JobRow& row_;
  const RowReader read_;
  std::map<int64_t, Trial> trials_;
};

}  // namespace

absl::Status CheckJobIntegrity(absl::string_view job_id, absl::string_view value, RowReader read) {
  ZB_RETURN_IF_ERROR(CheckJobId(job_id));
  ZB_ASSIGN_OR_RETURN(const JobRow row, DecodeJob(job_id, value));
  return JobRows(job_id, row, read).Check();
}

}  // namespace zeus::bso::storage

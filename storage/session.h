// One session: a transaction with the records that it fetched. Typed, and the one place that enforces the fetch-first
// rule: a change needs its record fetched before in the same session. A record that the session itself created counts
// as fetched.
//
// Atomicity. All changes take effect together at Commit, or none do. Every change of anything below a job rewrites the
// job's row, so that the changes of one job happen in one order; and Commit fails when the row of any job that the
// session has looked at, fetched or not, was changed by somebody else since then. So what a session read holds at the
// moment of its commit. A session that changes nothing reads one consistent state: that of its begin, or with
// Isolation::kOptimistic a later one.
//
// Errors of every method, besides its own: those of Transaction. After an error the session is to be dropped.
// Not thread-safe. Pointers to records live as long as the session, or until it deletes their job.
#ifndef ZEUS_BSO_STORAGE_SESSION_H_
#define ZEUS_BSO_STORAGE_SESSION_H_

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "model/arm.h"
#include "model/cost_moments.h"
#include "model/curves.h"
#include "model/job.h"
#include "model/job_summary.h"
#include "model/trial.h"
#include "storage/decoded_jobs.h"
#include "storage/due.h"
#include "storage/due_alarm.h"
#include "storage/engine.h"
#include "storage/job_change.h"
#include "storage/job_count.h"
#include "storage/records.h"
#include "storage/uid_sequence.h"

namespace zeus::bso::storage {

class Session {
 public:
  // What all sessions of a store share. It outlives them.
  struct Parts {
    Engine& engine;
    UidSequence& uids;
    DecodedJobs& decoded_jobs;
    JobCount& jobs;
    DueAlarm& alarm;
  };

  Session(const Parts& parts, Isolation isolation);

  // Fetching: the record, or null where there is none. Remembers it.
  absl::StatusOr<const Job*> FetchJob(absl::string_view job_id);
  absl::StatusOr<const Trial*> FetchTrial(const TrialKey& key);
  // The running trial of a client.
  absl::StatusOr<const Trial*> FetchTrialOfClient(absl::string_view job_id, absl::string_view client_id);
  absl::StatusOr<const GaussianTsArm*> FetchArm(absl::string_view job_id, int64_t batch_size);

  // A record that was fetched. JOB_NOT_FETCHED, TRIAL_NOT_FETCHED, ARM_NOT_FETCHED.
  absl::StatusOr<const Job*> FetchedJob(absl::string_view job_id) const;
  absl::StatusOr<const Trial*> FetchedTrial(const TrialKey& key) const;
  absl::StatusOr<const GaussianTsArm*> FetchedArm(absl::string_view job_id, int64_t batch_size) const;

  // Names the state of a job that was looked at: uid and revision. JOB_NOT_FETCHED.
  struct JobVersion {
    Uid uid = 0;
    int64_t revision = 0;
  };
  absl::StatusOr<JobVersion> VersionOf(absl::string_view job_id) const;

  // All sizes of a fetched job of the curves policy, ascending; none of a job of another policy. JOB_NOT_FETCHED.
  absl::StatusOr<std::vector<CurvesSize>> FetchCurvesSizes(absl::string_view job_id);

  // The number of the latest trial of a fetched job; 0: none was started. JOB_NOT_FETCHED.
  absl::StatusOr<int64_t> LastTrialNumber(absl::string_view job_id) const;

  // The summary of a fetched job, if it has one. JOB_NOT_FETCHED.
  absl::StatusOr<std::optional<JobSummary>> ReadSummary(absl::string_view job_id);

  // Reading without remembering. Empty where there is no such job.
  // The arms, batch size ascending.
  absl::StatusOr<std::vector<GaussianTsArm>> ReadArms(absl::string_view job_id);
  absl::StatusOr<Explorations> ReadExplorations(absl::string_view job_id);
  // The results of one size, trial number descending; at most `limit`, when it is greater than 0.
  absl::StatusOr<std::vector<TrialResult>> ReadResults(absl::string_view job_id, int64_t batch_size, int64_t limit);
  // What was put there with PutCostMoments; nothing where nothing was.
  absl::StatusOr<std::optional<CostMoments>> ReadCostMoments(absl::string_view job_id, int64_t batch_size);
  // Visits the trials with a number greater than `after`, ascending, until `visit` answers false.
  absl::Status ScanTrials(absl::string_view job_id, int64_t after, absl::FunctionRef<bool(const Trial&)> visit);
  // Visits the jobs, with their summaries, whose id begins with `prefix` and is greater than `after`, ascending
  // bytewise, until `visit` answers false. Shows the store as it was when the session began, without its own changes of
  // jobs but for deletions.
  absl::Status ScanJobs(absl::string_view prefix, absl::string_view after,
                        absl::FunctionRef<bool(const Job&, const std::optional<JobSummary>&)> visit);

  // Changing.
  // A new job. JOB_EXISTS.
  absl::Status InsertJob(Job job);
  // The fetched job, to be changed; what it holds at Commit is stored. JOB_NOT_FETCHED.
  absl::StatusOr<Job*> MutableJob(absl::string_view job_id);
  // A new running trial of a fetched job, with the next number. JOB_NOT_FETCHED.
  struct TrialStart {
    int64_t batch_size = 0;
    TrialType type = TrialType::kExploration;
    absl::Time time;
    std::optional<absl::Time> deadline = std::nullopt;  // When it is due (ScanDue); absent: never.
    std::string client_id = {};                         // One that has no running trial of the job, or empty.
    std::optional<curves::Ticket> ticket = std::nullopt;
  };
  absl::StatusOr<const Trial*> InsertTrial(absl::string_view job_id, TrialStart start);
  // A trial that was started elsewhere, of a fetched job, as it is. All that are restored have the next numbers, in any
  // order. Observers are not told of them. JOB_NOT_FETCHED.
  absl::Status RestoreTrial(const Trial& trial);
  // Gives a fetched trial that runs another deadline, and stores how far it has come. Needs no durability, and is no
  // change of its job. TRIAL_NOT_FETCHED.
  absl::Status SetDeadline(const TrialKey& key, absl::Time deadline,
                           const std::optional<TrialProgress>& progress = std::nullopt);
  // Replaces a fetched trial that runs by what it is at its end, but for its deadline and end_revision, which this
  // sets. TRIAL_NOT_FETCHED.
  absl::StatusOr<const Trial*> EndTrial(const Trial& ended);
  // A new arm of a fetched job. JOB_NOT_FETCHED, ARM_EXISTS.
  absl::Status InsertArm(absl::string_view job_id, const GaussianTsArm& arm);
  // Replaces a fetched arm. ARM_NOT_FETCHED.
  absl::Status ReplaceArm(absl::string_view job_id, const GaussianTsArm& arm);
  // Keeps the moments of the costs of one size of a fetched job. JOB_NOT_FETCHED.
  absl::Status PutCostMoments(absl::string_view job_id, int64_t batch_size, const CostMoments& moments);
  // Inserts or replaces one size of a fetched job of the curves policy. JOB_NOT_FETCHED.
  absl::Status PutCurvesSize(absl::string_view job_id, const CurvesSize& size);
  // Keeps the summary of a fetched job. Needs no durability, and is no change of the job. JOB_NOT_FETCHED.
  absl::Status PutSummary(absl::string_view job_id, const JobSummary& summary);
  // Deletes a job with everything below it; false where there was none. Its rows are collected later (collector.h).
  absl::StatusOr<bool> DeleteJob(absl::string_view job_id);

  // Answers that are kept, so that a request can be repeated: what a request_id (kRequestIdBytes) was answered with, if
  // it was; keeps an answer until `due`.
  absl::StatusOr<std::optional<Answer>> FindAnswer(absl::string_view request_id);
  absl::Status KeepAnswer(absl::string_view request_id, const Answer& answer, absl::Time due);

  // Visits what is due at `until` or before, in the order of the row keys, of which it visits those after `after`,
  // until `visit` answers false. `next`: the time of the first that is not due, or the infinite future.
  absl::Status ScanDue(absl::string_view after, absl::Time until, absl::FunctionRef<bool(const Due&)> visit,
                       absl::Time& next);
  // A trial that is due, fetched with its job, or null where it has ended or has another deadline by now.
  absl::StatusOr<const Trial*> FetchDueTrial(const Due& due);
  // Forgets what is due: an answer altogether; of a trial, only that it is due.
  absl::Status Forget(const Due& due);

  // Jobs of the store, without those that this session adds or deletes; see JobCount.
  int64_t num_jobs() const { return parts_.jobs.value(); }

  // Says that the answer tells of changes, of this session or of earlier ones, so that it must not be given before they
  // are on the disk. A session that changes more than deadlines is so from itself.
  void RequireDurability() { needs_durability_ = true; }

  // Whether anything was changed; whether the answer must wait for the disk; whether a job was deleted.
  bool has_changes() const { return has_changes_; }
  bool needs_durability() const { return needs_durability_; }
  bool has_garbage() const { return has_garbage_; }

  // Makes all changes visible at once; nothing but ReportChanges is to be called after it. LOST_RACE: nothing was
  // changed.
  absl::Status Commit();

  // Tells `observer` what was committed, of the jobs that it observes.
  void ReportChanges(CommitObserver& observer) const;

 private:
  struct JobEntry {
    JobRow row;
    bool fetched = false;
    bool changed = false;
    std::map<int64_t, Trial> trials;                      // Fetched, by trial number.
    std::map<int64_t, GaussianTsArm> arms;                // Fetched, by batch size.
    std::optional<std::vector<CurvesSize>> curves_sizes;  // Absent: not fetched.

    // What was changed: trial numbers, batch sizes, and the stage before.
    std::vector<int64_t> trials_started;
    std::vector<int64_t> trials_ended;
    std::vector<int64_t> arms_refit;
    Stage stage_before = Stage::kPruning;
    std::vector<Warning> warnings_before;
    LatestResults results_before;
  };

  static JobChange MakeChange(const JobEntry& entry);
  absl::StatusOr<std::vector<CurvesSize>> ReadCurvesSizes(const JobEntry& entry);
  absl::StatusOr<std::optional<JobSummary>> ReadSummaryOf(Uid uid);

  // The entry of a job, read when it is not known yet; null where there is no such job.
  absl::StatusOr<JobEntry*> Load(absl::string_view job_id);
  // The entry of a job that was loaded, or null.
  const JobEntry* Find(absl::string_view job_id) const;
  JobEntry* Find(absl::string_view job_id);

  absl::StatusOr<const Trial*> FetchTrialOfJob(JobEntry& entry, int64_t trial_number,
                                               std::optional<int64_t> batch_size);
  // The rows of a new trial.
  absl::Status PutNewTrial(JobEntry& entry, const Trial& trial);
  absl::Status PutTrial(const JobEntry& entry, const Trial& trial);
  absl::Status PutDue(const JobEntry& entry, const Trial& trial);
  absl::Status EraseDue(const JobEntry& entry, const Trial& trial);
  absl::Status PutArm(JobEntry& entry, const GaussianTsArm& arm);
  void MarkChanged(JobEntry& entry);

  const Parts parts_;
  std::unique_ptr<Transaction> transaction_;
  // Every job that was looked at; empty where there was none.
  std::map<std::string, std::optional<JobEntry>, std::less<>> jobs_;
  std::vector<JobChange> deletions_;
  int64_t num_insertions_ = 0;                        // Of jobs.
  absl::Time earliest_due_ = absl::InfiniteFuture();  // Of what is due because of this session.
  bool has_changes_ = false;
  bool needs_durability_ = false;
  bool has_garbage_ = false;
};

}  // namespace zeus::bso::storage

#endif  // ZEUS_BSO_STORAGE_SESSION_H_

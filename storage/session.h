// One session: records of jobs that it fetched, and the batch of its changes. Typed, and the one place that enforces
// the fetch-first rule: a change needs its record fetched before in the same session. A record that the session itself
// created counts as fetched.
//
// There are two kinds. A session of Store::Transact works on the cached jobs, whose locks it takes as it meets them. A
// session that is held open (Store::Begin) works on copies of its own, read from one snapshot. In both, changes are
// made in place, so that every read sees them, and are dropped with the jobs unless the batch is queued.
//
// Every change of anything below a job raises the revision of the job.
//
// Errors of every method, besides its own: those of Snapshot; LOST_RACE in a session of Transact, which then runs
// again. After an error the session is to be dropped. Not thread-safe. Pointers to records live as long as the session,
// or until it deletes their job.
#ifndef ZEUS_BSO_STORAGE_SESSION_H_
#define ZEUS_BSO_STORAGE_SESSION_H_

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "model/arm.h"
#include "model/collected_size.h"
#include "model/cost_moments.h"
#include "model/curves.h"
#include "model/job.h"
#include "model/job_summary.h"
#include "model/trial.h"
#include "storage/due.h"
#include "storage/engine.h"
#include "storage/job_cache.h"
#include "storage/job_change.h"
#include "storage/latest_rows.h"
#include "storage/lease.h"
#include "storage/loaded_job.h"
#include "storage/records.h"
#include "storage/stats.h"
#include "storage/uid_sequence.h"

namespace zeus::bso::storage {

class Session {
 public:
  // What all sessions of a store share. It outlives them.
  struct Parts {
    Engine& engine;
    UidSequence& uids;
    const std::atomic<int64_t>& num_jobs;      // Of the store, with changes that are queued.
    const std::atomic<int>& num_reservations;  // Of the store, with those that wait for their locks.
    // In microseconds since the Unix epoch: nothing is due before, as far as the sweeper knows. Rows that were there
    // leave traces in an engine, which scans need not pass.
    const std::atomic<int64_t>& nothing_due_before;
  };

  // Works on the cached jobs. `lease` outlives the session.
  Session(const Parts& parts, Lease& lease) : parts_(parts), lease_(&lease) {}
  // Works on a snapshot, which was taken in this generation of the committer or a later one.
  Session(const Parts& parts, std::shared_ptr<const Snapshot> snapshot, uint64_t generation)
      : parts_(parts), snapshot_(std::move(snapshot)), generation_(generation) {}

  Session(Session&&) = default;

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

    bool operator==(const JobVersion&) const = default;
  };
  absl::StatusOr<JobVersion> VersionOf(absl::string_view job_id) const;

  // All sizes of a fetched job of the curves policy, ascending; none of a job of another policy. JOB_NOT_FETCHED.
  absl::StatusOr<std::vector<CurvesSize>> FetchCurvesSizes(absl::string_view job_id);

  // The number of the latest trial of a fetched job; 0: none was started. JOB_NOT_FETCHED.
  absl::StatusOr<int64_t> LastTrialNumber(absl::string_view job_id) const;

  // What was put there with PutCurvesBase, if anything was. JOB_NOT_FETCHED.
  absl::StatusOr<std::optional<CurvesBase>> ReadCurvesBase(absl::string_view job_id);

  // What the collected trials of one size of a fetched job said, if any were collected. JOB_NOT_FETCHED.
  absl::StatusOr<std::optional<CollectedSize>> ReadCollectedSize(absl::string_view job_id, int64_t batch_size);
  // Those of all sizes, ascending. JOB_NOT_FETCHED.
  absl::StatusOr<std::vector<CollectedSize>> ReadCollectedSizes(absl::string_view job_id);

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
  // Receives a job with its summary, if it has one. Returns false to end the scan.
  using JobVisitor = absl::FunctionRef<bool(const Job&, const std::optional<JobSummary>&)>;
  // Visits the jobs whose id begins with `prefix` and is greater than `after`, ascending bytewise. Shows what is
  // written, without the changes of this session.
  absl::Status ScanJobs(absl::string_view prefix, absl::string_view after, JobVisitor visit);
  // The same, but goes on behind records that cannot be read. Calls `skipped` with the ids of the jobs before and
  // behind them, once the latter was visited and has not ended the scan.
  absl::Status ScanReadableJobs(absl::string_view prefix, absl::string_view after, JobVisitor visit,
                                RangeVisitor skipped);

  // Changing.
  // A new job. JOB_EXISTS.
  absl::Status InsertJob(Job job);
  // Raises the revision of a job that was started elsewhere, where commits have raised it to so much. JOB_NOT_FETCHED.
  absl::Status RaiseRevision(absl::string_view job_id, int64_t revision);
  // The fetched job, to be changed; what it holds at Commit is stored. JOB_NOT_FETCHED.
  absl::StatusOr<Job*> MutableJob(absl::string_view job_id);
  // A new running trial of a fetched job, with the next number. JOB_NOT_FETCHED.
  struct TrialStart {
    int64_t batch_size = 0;
    TrialType type = TrialType::kExploration;
    absl::Time time;
    std::optional<absl::Time> deadline = std::nullopt;  // When it is due (ScanDue); absent: never.
    std::optional<absl::Time> heard = std::nullopt;     // The start on the store's clock.
    std::string client_id = {};                         // One that has no running trial of the job, or empty.
    std::optional<curves::Ticket> ticket = std::nullopt;
  };
  absl::StatusOr<const Trial*> InsertTrial(absl::string_view job_id, TrialStart start);
  // A trial that was started elsewhere, of a fetched job, as it is. All that are restored have the next numbers, in any
  // order. Observers are not told of them. JOB_NOT_FETCHED.
  absl::Status RestoreTrial(const Trial& trial);
  // Replaces a fetched trial that runs by what it is now: when it was heard from, when it is to be looked at, how far
  // it has come. Needs no durability, and is no change of its job. TRIAL_NOT_FETCHED.
  absl::Status UpdateRunningTrial(const Trial& trial);
  // Replaces a fetched trial that runs by what it is at its end, but for its deadline and end_revision, which this
  // sets. TRIAL_NOT_FETCHED.
  absl::StatusOr<const Trial*> EndTrial(const Trial& ended);
  // Replaces a fetched trial that has ended by one that has ended otherwise, or does not count any more. A late result
  // gets another end_revision. TRIAL_NOT_FETCHED.
  absl::StatusOr<const Trial*> AmendTrial(const Trial& amended);
  // A new arm of a fetched job. JOB_NOT_FETCHED, ARM_EXISTS.
  absl::Status InsertArm(absl::string_view job_id, const GaussianTsArm& arm);
  // Replaces a fetched arm. ARM_NOT_FETCHED.
  absl::Status ReplaceArm(absl::string_view job_id, const GaussianTsArm& arm);
  // Deletes the arms and the moments of a fetched job. JOB_NOT_FETCHED.
  absl::Status DeleteArmsAndMoments(absl::string_view job_id);
  // Keeps the moments of the costs of one size of a fetched job; none, if their count is 0. JOB_NOT_FETCHED.
  absl::Status PutCostMoments(absl::string_view job_id, int64_t batch_size, const CostMoments& moments);
  // Inserts or replaces one size of a fetched job of the curves policy. JOB_NOT_FETCHED.
  absl::Status PutCurvesSize(absl::string_view job_id, const CurvesSize& size);
  // Deletes one that was removed from the job. JOB_NOT_FETCHED.
  absl::Status DeleteCurvesSize(absl::string_view job_id, int64_t batch_size);
  // Keeps what a fetched job knew before the trials that are kept. JOB_NOT_FETCHED.
  absl::Status PutCurvesBase(absl::string_view job_id, const CurvesBase& base);
  // Keeps what the collected trials of one size of a fetched job said, and forgets it. JOB_NOT_FETCHED.
  absl::Status PutCollectedSize(absl::string_view job_id, const CollectedSize& size);
  absl::Status DeleteCollectedSize(absl::string_view job_id, int64_t batch_size);
  // Deletes a fetched trial that has ended. The caller keeps what it taught, and counts it in Job::history.
  // TRIAL_NOT_FETCHED.
  absl::Status CollectTrial(const TrialKey& key);
  // Asks for a fetched job to be learned anew, unless that was asked for already; and says that it has been. From one
  // to the other it is due. JOB_NOT_FETCHED.
  absl::Status AskToRelearn(absl::string_view job_id, absl::Time now);
  absl::Status FinishRelearning(absl::string_view job_id);
  // Keeps the summary of a fetched job. Needs no durability, and is no change of the job. JOB_NOT_FETCHED.
  absl::Status PutSummary(absl::string_view job_id, const JobSummary& summary);
  // Makes a new job in parts, in a session that is held open. Takes the rows of the job so far, to be written before
  // the session is committed. Until then they are garbage, which `hold`, kept as long as the session, saves from the
  // collector. JOB_NOT_FETCHED.
  absl::StatusOr<WriteBatch> TakePart(absl::string_view job_id, std::shared_ptr<const void> hold);
  // The bytes of the changes that were not taken.
  size_t num_bytes() const { return batch_->bytes(); }
  // Deletes a job with everything below it; false where there was none. Its rows are collected later (collector.h).
  absl::StatusOr<bool> DeleteJob(absl::string_view job_id);

  // Answers that are kept, so that a request can be repeated: what a request_id (kRequestIdBytes) was answered with, if
  // it was; keeps an answer until `due`, in a session of Transact only.
  absl::StatusOr<std::optional<Answer>> FindAnswer(absl::string_view request_id);
  absl::Status KeepAnswer(absl::string_view request_id, const Answer& answer, absl::Time due);

  // Visits what is due at `until` or before, in the order of the row keys, of which it visits those after `after`,
  // until `visit` answers false. `next`: the time of the first that is not due, or the infinite future.
  absl::Status ScanDue(absl::string_view after, absl::Time until, absl::FunctionRef<bool(const Due&)> visit,
                       absl::Time& next);
  // A trial that is due, fetched with its job, or null where it has ended or has another deadline by now.
  absl::StatusOr<const Trial*> FetchDueTrial(const Due& due);
  // A job that is due to be learned anew, or null where it is not any more.
  absl::StatusOr<const Job*> FetchDueJob(const Due& due);
  // Forgets what is due: an answer altogether; of a trial or a job, only that it is due.
  absl::Status Forget(const Due& due);
  // Writes how late it is on the store's clock. Needs no durability.
  void PutServingTime(absl::Time time);

  // Jobs of the store, without those that this session adds or deletes.
  int64_t num_jobs() const { return parts_.num_jobs.load(std::memory_order_relaxed); }

  // Says that the response may leave before what it tells of is on the disk.
  void AllowUnwritten() { allows_unwritten_ = true; }
  // Whether it may: not if the session changes more than deadlines.
  bool may_leave_early() const { return allows_unwritten_ && !batch_->must_sync; }

  bool has_changes() const { return batch_->must_sync || !batch_->empty(); }
  // Whether a job was deleted.
  bool has_garbage() const { return has_garbage_; }
  // The earliest time of what is due because of this session; the infinite future: nothing is.
  absl::Time earliest_due() const { return earliest_due_; }

  // Of a session that is held open.
  uint64_t generation() const { return generation_; }

  // For the store, once the session has ended.

  // The jobs that were looked at, with the version that was found; absent: there was no such job.
  using Versions = std::map<std::string, std::optional<JobVersion>, std::less<>>;
  Versions SeenVersions() const;

  // Completes the batch of the changes, and raises the revisions. To be called once.
  std::shared_ptr<const WriteBatch> TakeBatch();

  // After TakeBatch: the changes of the jobs that `observer` observes. In a session of Transact, before the locks are
  // given back.
  absl::StatusOr<std::vector<JobChange>> ChangesFor(const CommitObserver& observer) const;

  // Makes the cache forget what the session has changed, as its batch is not queued.
  void Discard();

  // Makes the cache forget the trials that the session has fetched and that have ended.
  void ForgetEndedTrials();

 private:
  struct JobEntry {
    std::optional<LoadedJob>* job = nullptr;             // Of the cache, or `own`. Loaded until Discard.
    std::unique_ptr<std::optional<LoadedJob>> own = {};  // In a session that is held open.
    std::optional<LatestRows> rows = {};                 // Present.
    std::optional<JobVersion> seen = {};                 // Absent: there was no such job.
    bool fetched = false;
    bool changed = false;
    bool in_parts = false;                // It is new, and some of its rows are written.
    std::vector<int64_t> trials_fetched;  // By trial number.
    std::vector<int64_t> arms_fetched;    // By batch size.

    // What was changed, and what was there before.
    std::vector<int64_t> trials_started;
    std::vector<int64_t> trials_ended;
    std::vector<int64_t> trials_voided;
    std::vector<int64_t> arms_refit;
    int64_t corrections_before = 0;
    Stage stage_before = Stage::kPruning;
    std::vector<Warning> warnings_before;
    LatestResults results_before;
    JobSums sums_before;

    // After the job was deleted.
    void Forget();

    LoadedJob& loaded() const { return **job; }
    bool exists() const { return job->has_value() && loaded().exists(); }
    JobRow& row() const { return *loaded().row; }
  };

  static absl::StatusOr<JobChange> MakeChange(const JobEntry& entry);

  // The entry of a job, which is loaded if it is not yet; null where there is no such job.
  absl::StatusOr<JobEntry*> Load(absl::string_view job_id);
  absl::StatusOr<JobEntry*> LoadEntry(absl::string_view job_id);
  // The entry of a job that was loaded, or null.
  const JobEntry* Find(absl::string_view job_id) const;
  JobEntry* Find(absl::string_view job_id);
  // The rows below a name that is locked.
  LatestRows RowsOf(const JobCache::Entry& cached) const;
  // The rows of a session that is held open.
  LatestRows RowsOfSnapshot() const;
  const Snapshot& snapshot();
  // Visits the job of one row.
  absl::StatusOr<bool> VisitJob(absl::string_view key, absl::string_view value, JobVisitor visit);
  // The rows of a request_id, which is locked from now on, except in a session that is held open. LOST_RACE.
  absl::StatusOr<LatestRows> LockRequest(absl::string_view request_id);

  absl::StatusOr<const Trial*> FetchTrialOfJob(JobEntry& entry, int64_t trial_number,
                                               std::optional<int64_t> batch_size);
  // The rows of a new trial.
  void PutNewTrial(JobEntry& entry, const Trial& trial);
  void PutTrial(JobEntry& entry, Trial trial);
  void PutDue(const JobEntry& entry, const Trial& trial);
  void DeleteDue(const JobEntry& entry, const Trial& trial);
  absl::Status PutArm(JobEntry& entry, const GaussianTsArm& arm);
  // Before the first change of a job: LOST_RACE, if somebody has reserved it.
  absl::Status LockChanges(absl::string_view job_id);
  absl::Status MarkChanged(JobEntry& entry);

  Parts parts_;
  Lease* lease_ = nullptr;                    // Null in a session that is held open.
  std::shared_ptr<const Snapshot> snapshot_;  // Null until it is needed.
  uint64_t generation_ = 0;
  std::shared_ptr<WriteBatch> batch_ = std::make_shared<WriteBatch>();
  std::map<std::string, JobEntry, std::less<>> jobs_;  // Every job that was looked at.
  std::vector<JobChange> deletions_;
  absl::Time earliest_due_ = absl::InfiniteFuture();
  bool allows_unwritten_ = false;
  bool has_garbage_ = false;
  std::shared_ptr<const void> hold_;  // On the rows of a job that is made in parts.
};

}  // namespace zeus::bso::storage

#endif  // ZEUS_BSO_STORAGE_SESSION_H_

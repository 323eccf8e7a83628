#include "tests/bench/store_loader.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "model/cost_moments.h"
#include "model/status_macros.h"
#include "server/policy/cost.h"
#include "server/policy/zeus/gaussian_ts.h"
#include "server/service/optimizer.h"
#include "server/service/zeus_service.h"
#include "storage/rocksdb/rocksdb_engine.h"
#include "storage/store.h"
#include "tests/support/end_trial.h"
#include "tests/support/test_store.h"

namespace zeus::bso::bench {
namespace {

using storage::Session;

constexpr int64_t kTrialsPerSession = 1000;

// A job of the curves policy knows what this many trials of each of its sizes have taught.
constexpr int kTrialsPerCurvesSize = 5;

// No two trials of a store have the same result.
constexpr int64_t kSeedsPerJob = 1'000'000'000;

// How long the running trials may be silent: longer than the timeout of a server. Otherwise the first report of each
// would be a write, which sets its deadline.
constexpr absl::Duration kForever = absl::Hours(24 * 365);

class Loader {
 public:
  explicit Loader(storage::Store& store) : store_(store) {}

  absl::Status LoadGroup(const JobGroup& group) {
    if (group.policy == PolicyKind::kCurves) ZB_RETURN_IF_ERROR(LoadCurvesSource(group));
    const int64_t jobs_per_session = std::max<int64_t>(1, kTrialsPerSession / (group.num_trials + 1));
    for (int64_t job = 0; job < group.num_jobs; job += jobs_per_session) {
      const int64_t end = std::min(job + jobs_per_session, group.num_jobs);
      ZB_RETURN_IF_ERROR(Transact([&](Session& session) { return InsertJobs(session, group, job, end); }));
      for (int64_t done = kTrialsPerSession; done < group.num_trials; done += kTrialsPerSession) {
        const absl::Status inserted = Transact([&](Session& session) -> absl::Status {
          ZB_RETURN_IF_ERROR(session.FetchJob(group.JobId(job)).status());
          return InsertTrials(session, group, job, done);
        });
        ZB_RETURN_IF_ERROR(inserted);
      }
    }
    return absl::OkStatus();
  }

 private:
  absl::Status Transact(storage::Store::Body body) { return testing::Transact(store_, std::move(body)); }

  absl::Status InsertJobs(Session& session, const JobGroup& group, int64_t begin, int64_t end) {
    for (int64_t job = begin; job < end; ++job) {
      if (group.policy == PolicyKind::kCurves) {
        ZB_RETURN_IF_ERROR(InsertCurvesJob(session, group, job));
        continue;
      }
      ZB_RETURN_IF_ERROR(InsertJob(session, group, job));
      ZB_RETURN_IF_ERROR(InsertTrials(session, group, job, 0));
    }
    return absl::OkStatus();
  }

  static std::string CurvesSourceId(const JobGroup& group) { return absl::StrCat(group.name, "-source"); }

  // Makes the job that those of the group learn from.
  absl::Status LoadCurvesSource(const JobGroup& group) {
    const JobSpec spec = group.MakeSpec(CurvesSourceId(group));
    return Transact([&](Session& session) -> absl::Status {
      ZeusService service(session, now_);
      ZB_RETURN_IF_ERROR(service.CreateJob(spec).status());
      for (int i = 0; i < kTrialsPerCurvesSize; ++i) {
        for (const int64_t size : spec.batch_sizes) ZB_RETURN_IF_ERROR(RunCurvesTrial(service, spec.job_id, size));
      }
      return absl::OkStatus();
    });
  }

  static absl::Status RunCurvesTrial(ZeusService& service, const std::string& job_id, int64_t size) {
    ZB_ASSIGN_OR_RETURN(const Trial* const trial, service.CreateTrial(job_id, size, TrialType::kExplore));
    const Result result = MakeResult(trial->trial_number);
    return Optimizer(service)
        .TakeReport({.trial = KeyOf(*trial),
                     .time_seconds = result.time_seconds,
                     .energy_joules = result.energy_joules,
                     .metric = kTargetReached,
                     .current_epoch = kEpochsOfALife})
        .status();
  }

  absl::Status InsertCurvesJob(Session& session, const JobGroup& group, int64_t number) {
    const std::string job_id = group.JobId(number);
    ZeusService service(session, now_);
    ZB_RETURN_IF_ERROR(service.CreateJob(group.MakeSpec(job_id), CurvesSourceId(group)).status());
    ZB_ASSIGN_OR_RETURN(const Trial* const running,
                        service.CreateTrial(job_id, kDefaultBatchSize, TrialType::kExplore));
    // A shorter formula judges the first trials of a job.
    if (running->type == TrialType::kFirst) return absl::InternalError(job_id + " has learned nothing");
    Trial lasting = *running;
    lasting.deadline = now_ + kForever;
    return session.UpdateRunningTrial(lasting);
  }

  absl::Status InsertJob(Session& session, const JobGroup& group, int64_t number) {
    Job job;
    job.spec = group.MakeSpec(group.JobId(number));
    job.stage = group.stage;
    job.exp_default_batch_size = kDefaultBatchSize;
    job.min_cost = Cost(job.spec, MakeResult(0).energy_joules, MakeResult(0).time_seconds);
    job.min_cost_batch_size = kDefaultBatchSize;
    job.create_time = now_;
    const JobSpec spec = job.spec;
    ZB_RETURN_IF_ERROR(session.InsertJob(std::move(job)));
    const bool mab = group.stage == Stage::kMab;
    ZB_RETURN_IF_ERROR(session
                           .InsertTrial(spec.job_id, {.batch_size = kDefaultBatchSize,
                                                      .type = mab ? TrialType::kMab : TrialType::kExploration,
                                                      .time = now_,
                                                      .deadline = now_ + kForever})
                           .status());
    if (!mab) return absl::OkStatus();
    std::vector<double> costs;
    for (int64_t i = 0; i < 10; ++i) {
      costs.push_back(Cost(spec, MakeResult(i).energy_joules, MakeResult(i).time_seconds));
    }
    for (const int64_t size : kBatchSizes) {
      ZB_RETURN_IF_ERROR(session.InsertArm(spec.job_id, FitArm(spec, size, costs)));
    }
    return absl::OkStatus();
  }

  // The next trials of a job that has `done` ones, as many as go into one session.
  absl::Status InsertTrials(Session& session, const JobGroup& group, int64_t number, int64_t done) {
    const std::string job_id = group.JobId(number);
    const TrialType type = group.stage == Stage::kMab ? TrialType::kMab : TrialType::kConcurrent;
    for (int64_t i = done; i < std::min(done + kTrialsPerSession, group.num_trials); ++i) {
      const int64_t size = kBatchSizes[static_cast<size_t>(i) % kBatchSizes.size()];
      const int64_t seed = number * kSeedsPerJob + i;
      const Result result = MakeResult(seed);
      const absl::Time start =
          now_ + absl::Seconds(static_cast<double>(i) * 200 + 100 * Scatter(static_cast<uint64_t>(seed)));
      ZB_ASSIGN_OR_RETURN(const Trial* const trial,
                          session.InsertTrial(job_id, {.batch_size = size, .type = type, .time = start}));
      ZB_RETURN_IF_ERROR(testing::EndTrial(session, {job_id, size, trial->trial_number},
                                           start + absl::Seconds(result.time_seconds), result)
                             .status());
      if (group.window_size == 0) ZB_RETURN_IF_ERROR(AddToMoments(session, job_id, size, result));
    }
    return absl::OkStatus();
  }

  // As the service layer does at the end of a trial.
  absl::Status AddToMoments(Session& session, const std::string& job_id, int64_t size, const Result& result) {
    ZB_ASSIGN_OR_RETURN(const Job* const job, session.FetchedJob(job_id));
    ZB_ASSIGN_OR_RETURN(std::optional<CostMoments> moments, session.ReadCostMoments(job_id, size));
    if (!moments.has_value()) moments.emplace();
    moments->Add(Cost(job->spec, result));
    return session.PutCostMoments(job_id, size, *moments);
  }

  storage::Store& store_;
  const absl::Time now_ = absl::Now();
};

}  // namespace

absl::Status LoadStore(const Layout& layout, const std::string& directory) {
  ZB_ASSIGN_OR_RETURN(std::unique_ptr<storage::Engine> engine, storage::OpenRocksDb(directory));
  ZB_ASSIGN_OR_RETURN(const std::unique_ptr<storage::Store> store,
                      storage::Store::Open(std::move(engine), storage::Durability::kAsync));
  Loader loader(*store);
  for (const JobGroup& group : layout.groups) ZB_RETURN_IF_ERROR(loader.LoadGroup(group));
  return absl::OkStatus();
}

}  // namespace zeus::bso::bench

// Calls of trainers in any order on a real store in memory, checked against what must follow from them: what
// tests/contention checks under concurrency. Stores are closed and opened, sessions are held open meanwhile.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "server/service/zeus_service.h"
#include "spdlog/spdlog.h"
#include "storage/store.h"
#include "tests/contention/client.h"
#include "tests/fuzz/finding.h"
#include "tests/fuzz/job_model.h"
#include "tests/fuzz/target.h"
#include "tests/support/engine_decorator.h"
#include "tests/support/memory_engine.h"
#include "tests/support/specs.h"
#include "tests/support/test_store.h"

namespace zeus::bso::fuzz {
namespace {

constexpr size_t kMaxCalls = 500;

// An input, byte by byte; zeros after its end.
class Choices {
 public:
  Choices(const uint8_t* data, size_t size) : next_(data), end_(data + size) {}

  bool is_over() const { return next_ == end_; }

  // In [0, bound).
  int Below(int bound) { return (next_ != end_ ? *next_++ : 0) % bound; }

 private:
  const uint8_t* next_;
  const uint8_t* const end_;
};

// Costs are whole numbers of a few hundred joules, so that a refit does not depend on the order of its sums.
JobSpec MakeSpec(const std::string& job_id, int kind) {
  JobSpec spec = testing::MakeSpec(job_id);
  spec.max_epochs = 3;
  if ((kind & 1) != 0) spec.window_size = 2;
  if ((kind & 2) != 0) spec.num_pruning_rounds = 0;
  if ((kind & 4) != 0) spec.beta_knob.reset();
  if ((kind & 8) != 0) spec.mab_num_explorations = 0;
  if ((kind & 16) != 0) spec.higher_is_better_metric = false;
  if ((kind & 32) != 0) spec.max_failures_per_batch_size = 1;
  return spec;
}

// Revisions of a job go up by one.
class RevisionChecker : public storage::CommitObserver {
 public:
  bool Observes(const storage::ChangedJob&) const override { return true; }
  void OnCommit(const storage::JobChange& change) override {
    Expect(change.revision == ++revisions_[change.uid], absl::StrCat("revision ", change.revision, " is not the next"));
    num_started_ += change.trials_started.size();
    num_ended_ += change.trials_ended.size();
  }

  // How many trials observers were told of.
  size_t num_started() const { return num_started_; }
  size_t num_ended() const { return num_ended_; }

 private:
  std::map<storage::Uid, int64_t> revisions_;
  size_t num_started_ = 0;
  size_t num_ended_ = 0;
};

void ExpectFailure(const absl::Status& status, Reason reason) {
  Expect(HasReason(status, reason), absl::StrCat(status.ToString(), " and not ", ReasonName(reason)));
}

template <typename T>
T Must(absl::StatusOr<T> value) {
  Expect(value.ok(), value.status().ToString());
  return *std::move(value);
}

// A store, its clients, and what must be in it.
class World {
 public:
  explicit World(bool with_cache) : with_cache_(with_cache) { Open(); }

  ~World() {
    CheckAll();
    held_.reset();
  }

  void Call(Choices& choices) {
    const std::string job_id = choices.Below(4) == 0 ? "other" : "job";
    switch (choices.Below(12)) {
      case 0:
        return Register(MakeSpec(job_id, choices.Below(64)));
      case 1:
      case 2:
      case 3:
        return Start(job_id, choices);
      case 4:
      case 5:
      case 6:
        return TakeReport(job_id, choices);
      case 7:
        return End(job_id, choices);
      case 8:
        return Create(job_id, choices);
      case 9:
        return choices.Below(8) == 0 ? Delete(job_id) : CheckAll();
      case 10:
        return choices.Below(8) == 0 ? Reopen() : Hold(job_id);
      default:
        return CommitHeld();
    }
  }

 private:
  // A session that is held open, has created a trial and is still to commit.
  struct Held {
    std::string job_id;
    JobModel before;  // As the job was at its begin.
    int registration;
    Trial trial;
    std::unique_ptr<storage::Session> session;
  };
  struct Registered {
    int registration;  // Which one of this name.
    JobModel model;
  };

  void Open() {
    std::unique_ptr<storage::Engine> engine = std::make_unique<testing::EngineDecorator>(engine_);
    store_ = Must(storage::Store::Open(std::move(engine),
                                       storage::StoreOptions{.durability = storage::Durability::kAsync,
                                                             .job_cache_bytes = with_cache_ ? size_t{1} << 20 : 0}));
    store_->AddObserver(&revisions_);
    front_end_ = testing::MakeFrontEnd(*store_);
    client_ = front_end_->Connect();
  }

  void Reopen() {
    held_.reset();
    client_.reset();
    front_end_.reset();
    store_.reset();
    Open();
    CheckAll();
  }

  JobModel* Find(const std::string& job_id) {
    const auto job = jobs_.find(job_id);
    return job != jobs_.end() ? &job->second.model : nullptr;
  }

  void Register(const JobSpec& spec) {
    const absl::StatusOr<testing::RegisteredJob> registered = client_->RegisterJob(spec);
    const JobModel* const model = Find(spec.job_id);
    if (model != nullptr && model->spec() != spec) return ExpectFailure(registered.status(), Reason::kJobExists);
    Expect(Must(registered).created == (model == nullptr), "a job is created twice, or not at all");
    if (model == nullptr) jobs_.insert({spec.job_id, {++num_registrations_, JobModel(spec)}});
    Find(spec.job_id)->Check(registered->job);
  }

  // For one of two clients, or for nobody in particular.
  void Start(const std::string& job_id, Choices& choices) {
    const std::string client_id(choices.Below(3), 'c');
    const absl::StatusOr<Trial> trial = client_->StartTrial(job_id, client_id);
    JobModel* const model = Find(job_id);
    if (model == nullptr) return ExpectFailure(trial.status(), Reason::kJobNotFound);
    if (const Trial* const running = model->FindRunning(client_id); running != nullptr) {
      return Expect(Must(trial).trial_number == running->trial_number, "a client has two trials");
    }
    if (const auto reason = model->WhyNoStart(); reason.has_value()) return ExpectFailure(trial.status(), *reason);
    model->Start(Must(trial));
    ++num_started_;
  }

  void Create(const std::string& job_id, Choices& choices) {
    const int64_t size = int64_t{8} << choices.Below(4);
    const auto type = static_cast<TrialType>(choices.Below(3));
    const absl::StatusOr<Trial> trial = client_->CreateTrial(job_id, size, type);
    JobModel* const model = Find(job_id);
    if (model == nullptr) return ExpectFailure(trial.status(), Reason::kJobNotFound);
    if (size == 8) return ExpectFailure(trial.status(), Reason::kBatchSizeNotInJob);
    Expect(Must(trial).batch_size == size && trial->type == type, "another trial than was asked for");
    model->Create(*trial);
    ++num_started_;
  }

  // One of the last trials of a job, mostly by the size that it has.
  TrialKey AnyTrial(const std::string& job_id, Choices& choices) {
    const JobModel* const model = Find(job_id);
    const auto num_trials = model != nullptr ? static_cast<int64_t>(model->trials().size()) : 0;
    const int64_t number = std::max<int64_t>(num_trials + 1 - choices.Below(8), 1);
    const bool exists = number <= num_trials && choices.Below(16) != 0;
    return {job_id, exists ? model->trials()[static_cast<size_t>(number - 1)].batch_size : 8, number};
  }

  void TakeReport(const std::string& job_id, Choices& choices) {
    const Report report{.trial = AnyTrial(job_id, choices),
                        .time_seconds = static_cast<double>(choices.Below(4)),
                        .energy_joules = 100.0 + choices.Below(256),
                        .metric = choices.Below(4) / 4.0,
                        .current_epoch = choices.Below(4)};
    const absl::StatusOr<Verdict> verdict = client_->ReportResult(report);
    JobModel* const model = Find(job_id);
    if (model == nullptr) return ExpectFailure(verdict.status(), Reason::kJobNotFound);
    const Trial* const trial = model->Find(report.trial.trial_number, report.trial.batch_size);
    if (trial == nullptr) return ExpectFailure(verdict.status(), Reason::kTrialNotFound);
    if (trial->status == TrialStatus::kFailed) return ExpectFailure(verdict.status(), Reason::kTrialFailed);
    Verdict expected;
    if (trial->status == TrialStatus::kSucceeded) {
      expected = {.stop_train = true, .converged = trial->result->converged, .end_reason = trial->final_report->reason};
    } else {
      expected = model->TakeReport(report);
      if (expected.stop_train) ++num_ended_;
    }
    Expect(Must(verdict).stop_train == expected.stop_train, "another verdict on whether to stop");
    Expect(verdict->converged == expected.converged, "another verdict on whether it converged");
    Expect(verdict->end_reason == expected.end_reason, "another reason of the end");
  }

  void End(const std::string& job_id, Choices& choices) {
    const TrialKey key = AnyTrial(job_id, choices);
    const auto failure = static_cast<TrialFailure>(choices.Below(3));
    const absl::StatusOr<Trial> ended = client_->EndTrial(key, failure);
    JobModel* const model = Find(job_id);
    if (model == nullptr) return ExpectFailure(ended.status(), Reason::kJobNotFound);
    const Trial* const trial = model->Find(key.trial_number, key.batch_size);
    if (trial == nullptr) return ExpectFailure(ended.status(), Reason::kTrialNotFound);
    if (trial->status == TrialStatus::kDispatched) {
      model->Fail(key.trial_number, failure);
      ++num_ended_;
    }
    Expect(Must(ended).status == trial->status && ended->result == trial->result, "an end that is not what it is");
  }

  void Delete(const std::string& job_id) {
    const absl::Status status = client_->DeleteJob(job_id);
    if (jobs_.erase(job_id) == 0) return ExpectFailure(status, Reason::kJobNotFound);
    Expect(status.ok(), status.ToString());
  }

  void Hold(const std::string& job_id) {
    held_.reset();
    auto session = std::make_unique<storage::Session>(store_->Begin());
    ZeusService service(*session, absl::Now());
    const Job* const job = Must(service.GetJob(job_id));
    Expect((job != nullptr) == (Find(job_id) != nullptr), "a job is there, or is not");
    if (job == nullptr) return;
    const Trial trial = *Must(service.CreateTrial(job_id, 16, TrialType::kConcurrent));
    const Registered& registered = jobs_.at(job_id);
    held_.emplace(Held{job_id, registered.model, registered.registration, trial, std::move(session)});
  }

  // Reads the state of its begin, and takes effect unless the job has changed since.
  void CommitHeld() {
    if (!held_.has_value()) return;
    Held held = *std::move(held_);
    held_.reset();
    JobModel seen = held.before;
    seen.Create(held.trial);
    std::vector<Trial> trials;
    const absl::Status scanned = held.session->ScanTrials(held.job_id, 0, [&](const Trial& trial) {
      trials.push_back(trial);
      return true;
    });
    Expect(scanned.ok(), scanned.ToString());
    seen.Check(trials);

    const absl::Status outcome = testing::Commit(*store_, *held.session);
    const auto now = jobs_.find(held.job_id);
    const bool unchanged = now != jobs_.end() && now->second.registration == held.registration &&
                           now->second.model.revision() == held.before.revision();
    if (!unchanged) return ExpectFailure(outcome, Reason::kLostRace);
    Expect(outcome.ok(), outcome.ToString());
    now->second.model = std::move(seen);
    ++num_started_;
  }

  void CheckAll() {
    for (const auto& [job_id, registered] : jobs_) {
      const JobModel& model = registered.model;
      model.Check(Must(client_->GetJob(job_id)));
      model.Check(Must(client_->ListTrials(job_id)));
      model.Check(Must(client_->GetArms(job_id)));
      for (const int64_t size : model.spec().batch_sizes) {
        Expect(Must(client_->GetTrialResultsOfBatchSize(job_id, size)) == model.MakeResults(size), "other results");
      }
    }
    Expect(revisions_.num_started() == num_started_, "observers were told of another number of starts");
    Expect(revisions_.num_ended() == num_ended_, "observers were told of another number of ends");
  }

  const bool with_cache_;  // Of jobs that are not in use.
  testing::MemoryEngine engine_;
  RevisionChecker revisions_;
  std::unique_ptr<storage::Store> store_;
  std::unique_ptr<testing::FrontEnd> front_end_;
  std::unique_ptr<testing::Client> client_;

  std::map<std::string, Registered> jobs_;
  int num_registrations_ = 0;
  size_t num_started_ = 0;
  size_t num_ended_ = 0;
  std::optional<Held> held_;
};

}  // namespace
}  // namespace zeus::bso::fuzz

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace zeus::bso::fuzz;
  spdlog::set_level(spdlog::level::off);
  Choices choices(data, size);
  World world(/*with_cache=*/choices.Below(2) == 1);
  for (size_t i = 0; i < kMaxCalls && !choices.is_over(); ++i) world.Call(choices);
  return 0;
}

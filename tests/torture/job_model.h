// What a job is to its callers, as a state machine: which answers a call may get, and what it changes.
#ifndef ZEUS_BSO_TESTS_TORTURE_JOB_MODEL_H_
#define ZEUS_BSO_TESTS_TORTURE_JOB_MODEL_H_

#include <cstdint>
#include <string>
#include <vector>

namespace zeus::bso::torture {

enum class TrialState { kRunning, kConverged, kFailed };

struct ModelTrial {
  int64_t batch_size = 0;  // 0: nobody was told it.
  TrialState state = TrialState::kRunning;
  double energy_joules = 0;  // Of a converged one.
  std::string client_id = {};
};

// A call, or what a watcher was told.
enum class Deed {
  kRegister,      // Answers `created`.
  kDelete,        //
  kStart,         // Answers `trial_number` and `trial`. May bear trial.client_id.
  kReport,        // A report that has reached the target, with trial.energy_joules.
  kEnd,           // Answers `trial`.
  kUpdate,        // ZeusService.UpdateTrial as converged, with trial.energy_joules.
  kStartAndEnd,   // A session that creates a trial and lets it converge. Answers `trial_number`.
  kList,          // Answers `trials`.
  kSeen,          // A watcher was told `trial`.
  kSeenDeletion,  // A watcher was told that the job was deleted.
};

enum class Outcome {
  kAnswered,
  kNotFound,    // No such job, or no such trial.
  kTrialEnded,  // The trial has ended otherwise.
  kUnknown,     // It may have taken effect, or not.
};

// A call that was repeated with one request_id is one call: it takes effect once at most.
struct Call {
  Deed deed = Deed::kList;
  int64_t trial_number = 0;
  ModelTrial trial = {};  // What was sent, and what was answered.

  Outcome outcome = Outcome::kUnknown;
  bool created = false;
  std::vector<ModelTrial> trials = {};  // By number, from 1.
};

std::string ToText(const Call& call);

class JobModel {
 public:
  // A job that is not registered.
  JobModel() = default;

  // One that is, with these trials.
  explicit JobModel(std::vector<ModelTrial> trials) : exists_(true), trials_(std::move(trials)) {}

  // Makes a call take effect: false if a job in this state cannot answer so. Then the state is not to be used any more.
  bool Apply(const Call& call);

  // Of equal text: the same state.
  std::string ToText() const;

 private:
  bool Register(const Call& call);
  bool Start(const Call& call);
  bool End(const Call& call);
  bool List(const Call& call) const;
  bool Seen(const Call& call) const;

  // The trial that a call names; null where there is none of its batch size.
  ModelTrial* Find(const Call& call);

  bool exists_ = false;
  std::vector<ModelTrial> trials_;  // By number, from 1.
};

}  // namespace zeus::bso::torture

#endif  // ZEUS_BSO_TESTS_TORTURE_JOB_MODEL_H_

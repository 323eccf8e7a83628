// The events that one watcher of a job is still to be sent: in order, without gaps, and bounded.
#ifndef ZEUS_BSO_SERVER_API_STREAMS_JOB_EVENT_QUEUE_H_
#define ZEUS_BSO_SERVER_API_STREAMS_JOB_EVENT_QUEUE_H_

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <utility>

#include "storage/job_change.h"
#include "zeus/bso/v1/batch_size_optimizer.pb.h"

namespace zeus::bso::api {

// Starts without a base: until it is given one, it only holds changes. Changes may come out of order; each is passed on
// when all before it have come. When more would have to be held than may be, everything is dropped, and the queue waits
// for a new base. Not thread-safe.
class JobEventQueue {
 public:
  // Holds at most `max_events` events, and changes of as many.
  explicit JobEventQueue(size_t max_events) : max_events_(max_events) {}

  // Whether a state must be read and given to SetBase before anything can be passed on.
  bool needs_base() const { return !base_.has_value(); }

  // To be called before the state for SetBase is read: changes dropped from now on spoil it.
  void PrepareBase() { spoiled_ = false; }

  // What is passed on from now on follows this version of the job. False, and nothing was set, when changes were
  // dropped since PrepareBase: read the state again.
  bool SetBase(uint64_t job_uid, int64_t revision);

  // Takes a change, whichever it is.
  void Push(const storage::JobChange& change);

  // Takes a report, which is dropped where it cannot follow at once: it changes nothing. So is one of an epoch that is
  // not later than that of a report before about the same trial.
  void PushReport(const v1::TrialReport& report);

  // Takes a summary of this registration of the job, which is dropped where it cannot follow at once: a later one, or
  // the next base, makes up for it.
  void PushSummary(uint64_t job_uid, const v1::JobSummary& summary);

  // Drops all that it holds: changes may have been missed.
  void Reset() { DropAll(); }

  // The next event, if there is one.
  std::optional<v1::JobEvent> Pop();

 private:
  struct Base {
    uint64_t job_uid;
    int64_t revision;
  };

  void Hold(const storage::JobChange& change);
  // Passes on what was held and follows the base now.
  void Release();
  void Append(const storage::JobChange& change);
  v1::JobEvent& AppendEvent();
  void DropAll();

  const size_t max_events_;
  std::optional<Base> base_;
  bool spoiled_ = false;
  std::deque<v1::JobEvent> events_;
  std::map<int64_t, int64_t> epochs_;                                // The latest one reported, by trial number.
  std::map<std::pair<uint64_t, int64_t>, storage::JobChange> held_;  // By uid and revision.
  size_t num_held_ = 0;                                              // Events of these changes.
};

}  // namespace zeus::bso::api

#endif  // ZEUS_BSO_SERVER_API_STREAMS_JOB_EVENT_QUEUE_H_

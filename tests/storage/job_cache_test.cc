#include "storage/job_cache.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "catch2/catch.hpp"
#include "tests/storage/session_fixture.h"

namespace zeus::bso::storage {
namespace {

using Entries = JobCache::Entries;

constexpr size_t kPlenty = size_t{1} << 20;

// Has a job in memory.
void Load(JobCache::Entry& entry) { entry.job.emplace().Insert({.uid = 1, .job = MakeJob()}); }

// What a cache takes it for.
size_t BytesOfAJob() {
  LoadedJob job;
  job.Insert({.uid = 1, .job = MakeJob()});
  return job.EstimateBytes() + 512;
}

std::shared_ptr<const WriteBatch> Batch() { return std::make_shared<WriteBatch>(); }

// Whether what was loaded under a free name is still there.
bool IsCached(JobCache& cache, const std::string& name) {
  JobCache::Entry* const entry = cache.TryLock(name);
  REQUIRE(entry != nullptr);
  const bool is_cached = entry->job.has_value();
  CHECK(cache.Unlock(Entries{entry}).empty());
  return is_cached;
}

// Asks for locks; `order` gets `call` when it has them.
void Ask(JobCache& cache, std::vector<std::string> names, const std::string& call, std::vector<std::string>& order,
         JobCache::ReadyCalls& ready) {
  std::optional<JobCache::Ready> now =
      cache.Lock(std::move(names), [&cache, &order, call](const Entries& locked, JobCache::ReadyCalls& next) {
        order.push_back(call);
        for (JobCache::Ready& each : cache.Unlock(locked)) next.push_back(std::move(each));
      });
  if (now.has_value()) ready.push_back(*std::move(now));
}

void RunAll(JobCache::ReadyCalls& ready) {
  while (!ready.empty()) {
    JobCache::Ready next = std::move(ready.front());
    ready.pop_front();
    std::move(next.run)(std::move(next.locked), ready);
  }
}

TEST_CASE("A name that is locked cannot be locked again before it is given back, and others can") {
  JobCache cache(kPlenty);
  JobCache::Entry* const a = cache.TryLock("a");
  REQUIRE(a != nullptr);
  CHECK(cache.TryLock("a") == nullptr);
  JobCache::Entry* const b = cache.TryLock("b");
  REQUIRE(b != nullptr);
  CHECK(cache.Unlock(Entries{a, b}).empty());
  CHECK(cache.TryLock("a") != nullptr);
}

TEST_CASE("Who waits for a lock gets it in the order of asking, and who waits for several when all are free") {
  JobCache cache(kPlenty);
  JobCache::ReadyCalls ready;
  std::vector<std::string> order;
  JobCache::Entry* const a = cache.TryLock("a");
  JobCache::Entry* const b = cache.TryLock("b");
  Ask(cache, {"a", "b"}, "both", order, ready);
  Ask(cache, {"a"}, "second", order, ready);
  Ask(cache, {"b"}, "third", order, ready);
  Ask(cache, {"c"}, "free", order, ready);
  RunAll(ready);
  CHECK(order == std::vector<std::string>{"free"});
  for (JobCache::Ready& each : cache.Unlock(Entries{a})) ready.push_back(std::move(each));
  RunAll(ready);
  // The call that waits for both holds "a" by now.
  CHECK(order == std::vector<std::string>{"free"});
  for (JobCache::Ready& each : cache.Unlock(Entries{b})) ready.push_back(std::move(each));
  RunAll(ready);
  REQUIRE(order.size() == 4);
  CHECK(std::count(order.begin(), order.end(), "both") == 1);
  CHECK(std::count(order.begin(), order.end(), "second") == 1);
  CHECK(std::count(order.begin(), order.end(), "third") == 1);
}

TEST_CASE("Jobs that were used longest ago are evicted when there are too many") {
  JobCache cache(3 * BytesOfAJob());
  for (const char* const name : {"a", "b", "c"}) {
    JobCache::Entry* const entry = cache.TryLock(name);
    Load(*entry);
    cache.Unlock(Entries{entry});
  }
  CHECK(IsCached(cache, "a"));
  JobCache::Entry* const d = cache.TryLock("d");
  Load(*d);
  cache.Unlock(Entries{d});
  CHECK(IsCached(cache, "a"));
  CHECK_FALSE(IsCached(cache, "b"));
}

TEST_CASE("That there is no job is not kept") {
  JobCache cache(kPlenty);
  JobCache::Entry* const entry = cache.TryLock("a");
  entry->job.emplace();
  cache.Unlock(Entries{entry});
  CHECK_FALSE(IsCached(cache, "a"));
}

TEST_CASE("A job is not evicted before the batches that changed it are written") {
  JobCache cache(0);
  JobCache::Entry* entry = cache.TryLock("a");
  Load(*entry);
  const auto first = Batch();
  const auto second = Batch();
  cache.AddQueued(Entries{entry}, first);
  cache.AddQueued(Entries{entry}, second);
  CHECK(cache.HasQueued(Entries{entry}));
  cache.Unlock(Entries{entry});
  CHECK(IsCached(cache, "a"));
  const Entries same = {entry};
  cache.RemoveQueued(same, *first);
  CHECK(IsCached(cache, "a"));
  cache.RemoveQueued(same, *second);
  CHECK_FALSE(IsCached(cache, "a"));
}

TEST_CASE("After the cache was cleared nothing is left of before, also of names that are locked") {
  JobCache cache(kPlenty);
  JobCache::Entry* const locked = cache.TryLock("locked");
  Load(*locked);
  cache.AddQueued(Entries{locked}, Batch());
  JobCache::Entry* const free = cache.TryLock("free");
  Load(*free);
  cache.Unlock(Entries{free});
  cache.Clear();
  CHECK_FALSE(cache.HasQueued(Entries{locked}));
  cache.Unlock(Entries{locked});
  CHECK_FALSE(IsCached(cache, "locked"));
  CHECK_FALSE(IsCached(cache, "free"));
}

TEST_CASE("A call that got its locks before the cache was cleared can drop what is out of date") {
  JobCache cache(kPlenty);
  JobCache::Entry* const locked = cache.TryLock("locked");
  Load(*locked);
  cache.DropStale(Entries{locked});
  CHECK(locked->job.has_value());
  cache.Clear();
  cache.DropStale(Entries{locked});
  CHECK_FALSE(locked->job.has_value());
  // What is loaded from now on stays.
  Load(*locked);
  cache.Unlock(Entries{locked});
  CHECK(IsCached(cache, "locked"));
}

}  // namespace
}  // namespace zeus::bso::storage

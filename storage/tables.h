// The tables of the store. A table is a sorted map from keys (storage/keys.h) to serialized records
// (zeus.bso.storage.v1).
#ifndef ZEUS_BSO_STORAGE_TABLES_H_
#define ZEUS_BSO_STORAGE_TABLES_H_

#include <algorithm>
#include <array>

namespace zeus::bso::storage {

enum class Table {
  kMeta,          // Schema version and incarnation: decimal numbers.
  kJobs,          // JobRecord
  kTrials,        // TrialRecord
  kExplorations,  // TrialRecord of each exploration that has not failed, by batch size: what pruning reads.
  kResults,       // ResultRecord of each trial that succeeded, by batch size: what a refit over a window reads.
  kCostMoments,   // CostMomentsRecord of all results of a batch size, in jobs without a window: what a refit reads.
  kArms,          // ArmRecord
  kGarbage,       // Empty values: deleted jobs whose rows are still to be collected.
};

struct TableInfo {
  Table table;
  const char* name;  // Stable: names the table on the disk.
};

// Every table, in the order of the enumeration.
inline constexpr std::array<TableInfo, 8> kTables = {{
    {Table::kMeta, "meta"},
    {Table::kJobs, "jobs"},
    {Table::kTrials, "trials"},
    {Table::kExplorations, "explorations"},
    {Table::kResults, "results"},
    {Table::kCostMoments, "cost_moments"},
    {Table::kArms, "arms"},
    {Table::kGarbage, "garbage"},
}};

// The tables whose keys begin with the uid of a job.
inline constexpr std::array<Table, 5> kTablesOfAJob = {Table::kTrials, Table::kExplorations, Table::kResults,
                                                       Table::kCostMoments, Table::kArms};

constexpr bool IsBelowAJob(Table table) {
  return std::find(kTablesOfAJob.begin(), kTablesOfAJob.end(), table) != kTablesOfAJob.end();
}

}  // namespace zeus::bso::storage

#endif  // ZEUS_BSO_STORAGE_TABLES_H_

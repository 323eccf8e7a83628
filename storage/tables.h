// The tables of the store. A table is a sorted map from keys (storage/keys.h) to serialized records
// (zeus.bso.storage.v1).
#ifndef ZEUS_BSO_STORAGE_TABLES_H_
#define ZEUS_BSO_STORAGE_TABLES_H_

#include <array>

namespace zeus::bso::storage {

enum class Table {
  kMeta,            // What concerns the store as a whole (storage/schema.h).
  kJobs,            // JobRecord
  kTrials,          // TrialRecord
  kExplorations,    // TrialRecord of each exploration that has not failed, by batch size: what pruning reads.
  kResults,         // ResultRecord of each trial that succeeded, by batch size: what a refit over a window reads.
  kCostMoments,     // CostMomentsRecord of all results of a batch size, in jobs without a window: what a refit reads.
  kArms,            // ArmRecord
  kClients,         // ClientRecord of each client that has a running trial.
  kGarbage,         // Empty values: jobs without a record, deleted or not whole, whose rows are still to be collected.
  kAnswers,         // AnswerRecord of each request that may be repeated.
  kDue,             // DueRecord of what is to be done at a time, in the order of the times.
  kCurvesSizes,     // CurvesSizeRecord of each batch size of a job of the curves policy.
  kSummaries,       // JobSummaryRecord of each job of which a trial has ended.
  kCurvesBases,     // CurvesBaseRecord of each job that knew something of its curves before the trials that are kept.
  kCollectedSizes,  // CollectedSizeRecord of each batch size of which trials were collected.
};

struct TableInfo {
  Table table;
  const char* name;  // Stable: names the table on the disk.
};

// Every table, in the order of the enumeration.
inline constexpr std::array<TableInfo, 15> kTables = {{
    {Table::kMeta, "meta"},
    {Table::kJobs, "jobs"},
    {Table::kTrials, "trials"},
    {Table::kExplorations, "explorations"},
    {Table::kResults, "results"},
    {Table::kCostMoments, "cost_moments"},
    {Table::kArms, "arms"},
    {Table::kClients, "clients"},
    {Table::kGarbage, "garbage"},
    {Table::kAnswers, "answers"},
    {Table::kDue, "due"},
    {Table::kCurvesSizes, "curves_sizes"},
    {Table::kSummaries, "summaries"},
    {Table::kCurvesBases, "curves_bases"},
    {Table::kCollectedSizes, "collected_sizes"},
}};

// The tables whose keys begin with the uid of a job.
inline constexpr std::array<Table, 10> kTablesOfAJob = {
    Table::kTrials,  Table::kExplorations, Table::kResults,   Table::kCostMoments, Table::kArms,
    Table::kClients, Table::kCurvesSizes,  Table::kSummaries, Table::kCurvesBases, Table::kCollectedSizes};

}  // namespace zeus::bso::storage

#endif  // ZEUS_BSO_STORAGE_TABLES_H_

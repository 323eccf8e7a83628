// How our RocksDB is set up.
#ifndef ZEUS_BSO_STORAGE_ROCKSDB_ROCKSDB_OPTIONS_H_
#define ZEUS_BSO_STORAGE_ROCKSDB_ROCKSDB_OPTIONS_H_

#include <string>
#include <vector>

#include "rocksdb/db.h"
#include "rocksdb/options.h"
#include "storage/rocksdb/rocksdb_engine.h"
#include "storage/tables.h"

namespace zeus::bso::storage {

// Errors and warnings of RocksDB go to the server's log, and no LOG file is written.
rocksdb::DBOptions MakeDbOptions(const MemoryLimits& memory);

// One column family per table, in the order of kTables.
std::vector<rocksdb::ColumnFamilyDescriptor> MakeColumnFamilies(const MemoryLimits& memory);

// Only those with one of these names: an older server, or a first start that was interrupted, has not made all.
std::vector<rocksdb::ColumnFamilyDescriptor> MakeColumnFamilies(const MemoryLimits& memory,
                                                                const std::vector<std::string>& names);

// The name of a table's column family. The meta table is RocksDB's default one, which always exists.
std::string ColumnFamilyName(const TableInfo& table);

}  // namespace zeus::bso::storage

#endif  // ZEUS_BSO_STORAGE_ROCKSDB_ROCKSDB_OPTIONS_H_

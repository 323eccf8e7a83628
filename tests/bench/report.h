// What was measured, for people and for programs.
#ifndef ZEUS_BSO_TESTS_BENCH_REPORT_H_
#define ZEUS_BSO_TESTS_BENCH_REPORT_H_

#include <string>
#include <vector>

#include "nlohmann/json.hpp"
#include "tests/bench/goal.h"
#include "tests/bench/row.h"

namespace zeus::bso::bench {

// A table.
std::string ToText(const std::vector<Row>& rows);
std::string ToText(const std::vector<Goal>& goals);

// An object for each row, with the medians that the table shows and the values of every repetition.
nlohmann::ordered_json ToJson(const std::vector<Row>& rows);
nlohmann::ordered_json ToJson(const std::vector<Goal>& goals);

}  // namespace zeus::bso::bench

#endif  // ZEUS_BSO_TESTS_BENCH_REPORT_H_

#include "tests/bench/report.h"

#include <algorithm>
#include <functional>
#include <utility>

#include "absl/strings/str_format.h"

namespace zeus::bso::bench {
namespace {

using Quantity = std::function<double(const Measurement&)>;

// The quantities of a measurement, with their names in JSON.
const std::vector<std::pair<std::string, Quantity>>& Quantities() {
  static const auto& quantities = *new std::vector<std::pair<std::string, Quantity>>{
      {"per_second", &Measurement::per_second},
      {"p50_micros", &Measurement::p50_micros},
      {"p99_micros", &Measurement::p99_micros},
      {"p999_micros", &Measurement::p999_micros},
      {"server_cpu_micros", &Measurement::server_cpu_micros},
      {"client_cpu_micros", &Measurement::client_cpu_micros},
      {"written_bytes", &Measurement::written_bytes},
      {"cores", &Measurement::cores},
      {"cpus_of_others", &Measurement::cpus_of_others},
  };
  return quantities;
}

nlohmann::ordered_json ToJson(const Series& series) {
  return {{"median", series.median()}, {"values", series.values()}};
}

// The median, or "-" of nothing.
std::string Median(const Series& series, const char* format) {
  if (series.values().empty()) return "-";
  const auto parsed = absl::ParsedFormat<'f'>::New(format);
  return absl::StrFormat(*parsed, series.median());
}

// From the least to the greatest, or nothing.
std::string Spread(const Series& series, int digits) {
  if (series.values().empty()) return "";
  return absl::StrFormat("%.*f..%.*f", digits, series.min(), digits, series.max());
}

}  // namespace

std::string ToText(const std::vector<Row>& rows) {
  std::string text = absl::StrFormat(
      "%-29s %7s %4s %-4s %8s %-14s %6s %-10s %6s %-10s %7s %7s %7s %7s %6s %6s %5s %6s %s\n", "operation", "jobs",
      "fly", "via", "per s", "(spread)", "/empty", "(spread)", "/engine", "(spread)", "p50 us", "p99 us", "p99.9",
      "CPU us", "/empty", "B/call", "cores", "others", "failed");
  for (const Row& row : rows) {
    const Series rate = row.Of(&Measurement::per_second);
    const auto median = [&row](const Quantity& quantity) { return row.Of(quantity).median(); };
    absl::StrAppendFormat(
        &text, "%-29s %7d %4s %-4s %8.0f %-14s %6s %-10s %6s %-10s %7.0f %7.0f %7.0f %7.1f %6s %6.0f %5.2f %6.2f %d\n",
        row.operation, row.jobs, row.in_flight == 0 ? "open" : absl::StrFormat("%d", row.in_flight), row.via,
        rate.median(), Spread(rate, 0), Median(row.rate_of_empty, "%.3f"), Spread(row.rate_of_empty, 2),
        Median(row.rate_of_engine, "%.3f"), Spread(row.rate_of_engine, 2), median(&Measurement::p50_micros),
        median(&Measurement::p99_micros), median(&Measurement::p999_micros), median(&Measurement::server_cpu_micros),
        Median(row.cpu_of_empty, "%.2f"), median(&Measurement::written_bytes), median(&Measurement::cores),
        median(&Measurement::cpus_of_others), row.failures());
  }
  return text;
}

std::string ToText(const std::vector<Goal>& goals) {
  size_t width = 0;
  for (const Goal& goal : goals) width = std::max(width, goal.name.size());
  std::string text = absl::StrFormat("%-*s %9s %-16s %9s\n", width, "goal", "measured", "(spread)", "bound");
  for (const Goal& goal : goals) {
    absl::StrAppendFormat(&text, "%-*s %9.3g %-16s", width, goal.name, goal.measured.median(),
                          Spread(goal.measured, 2));
    if (goal.bound.has_value()) {
      absl::StrAppendFormat(&text, " %s %6g  %s", goal.at_least ? ">=" : "<=", *goal.bound,
                            goal.met() ? "met" : "NOT met");
    }
    text += "\n";
  }
  return text;
}

nlohmann::ordered_json ToJson(const std::vector<Row>& rows) {
  auto array = nlohmann::ordered_json::array();
  for (const Row& row : rows) {
    nlohmann::ordered_json object = {{"operation", row.operation},
                                     {"jobs", row.jobs},
                                     {"loop", row.in_flight == 0 ? "open" : "closed"},
                                     {"in_flight", row.in_flight},
                                     {"via", row.via}};
    for (const auto& [name, quantity] : Quantities()) object[name] = ToJson(row.Of(quantity));
    if (!row.rate_of_empty.values().empty()) object["rate_of_empty"] = ToJson(row.rate_of_empty);
    if (!row.cpu_of_empty.values().empty()) object["cpu_of_empty"] = ToJson(row.cpu_of_empty);
    if (!row.rate_of_engine.values().empty()) object["rate_of_engine"] = ToJson(row.rate_of_engine);
    object["failures"] = row.failures();
    array.push_back(std::move(object));
  }
  return array;
}

nlohmann::ordered_json ToJson(const std::vector<Goal>& goals) {
  auto array = nlohmann::ordered_json::array();
  for (const Goal& goal : goals) {
    nlohmann::ordered_json object = {{"goal", goal.name}, {"measured", ToJson(goal.measured)}};
    if (goal.bound.has_value()) {
      object[goal.at_least ? "at_least" : "at_most"] = *goal.bound;
      object["met"] = goal.met();
    }
    array.push_back(std::move(object));
  }
  return array;
}

}  // namespace zeus::bso::bench

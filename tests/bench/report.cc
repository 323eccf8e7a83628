#include "tests/bench/report.h"

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
  };
  return quantities;
}

nlohmann::ordered_json ToJson(const Series& series) {
  return {{"median", series.median()}, {"values", series.values()}};
}

}  // namespace

std::string ToText(const std::vector<Row>& rows) {
  std::string text = absl::StrFormat("%-29s %7s %4s %-4s %9s %-15s %7s %-11s %8s %8s %8s %7s %6s %7s %5s %s\n",
                                     "operation", "jobs", "fly", "via", "per s", " (spread)", "/empty", " (spread)",
                                     "p50 us", "p99 us", "p99.9 us", "CPU us", "/empty", "B writ.", "cores", "failed");
  for (const Row& row : rows) {
    const auto median = [&row](const Quantity& quantity) { return row.Of(quantity).median(); };
    const Series rate = row.Of(&Measurement::per_second);
    absl::StrAppendFormat(
        &text, "%-29s %7d %4d %-4s %9.0f %-15s %7.3f %-11s %8.0f %8.0f %8.0f %7.1f %6.2f %7.0f %5.2f %d\n",
        row.operation, row.jobs, row.in_flight, Name(row.transport), rate.median(),
        absl::StrFormat(" %.0f..%.0f", rate.min(), rate.max()), row.rate_of_empty.median(),
        absl::StrFormat(" %.2f..%.2f", row.rate_of_empty.min(), row.rate_of_empty.max()),
        median(&Measurement::p50_micros), median(&Measurement::p99_micros), median(&Measurement::p999_micros),
        median(&Measurement::server_cpu_micros), row.cpu_of_empty.median(), median(&Measurement::written_bytes),
        median(&Measurement::cores), row.failures());
  }
  return text;
}

nlohmann::ordered_json ToJson(const std::vector<Row>& rows) {
  auto array = nlohmann::ordered_json::array();
  for (const Row& row : rows) {
    nlohmann::ordered_json object = {{"operation", row.operation},
                                     {"jobs", row.jobs},
                                     {"in_flight", row.in_flight},
                                     {"transport", Name(row.transport)}};
    for (const auto& [name, quantity] : Quantities()) object[name] = ToJson(row.Of(quantity));
    object["rate_of_empty"] = ToJson(row.rate_of_empty);
    object["cpu_of_empty"] = ToJson(row.cpu_of_empty);
    object["failures"] = row.failures();
    array.push_back(std::move(object));
  }
  return array;
}

}  // namespace zeus::bso::bench

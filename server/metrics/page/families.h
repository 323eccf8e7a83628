// Builds Prometheus' families of metrics.
#ifndef ZEUS_BSO_SERVER_METRICS_PAGE_FAMILIES_H_
#define ZEUS_BSO_SERVER_METRICS_PAGE_FAMILIES_H_

#include <cstdint>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"
#include "prometheus/metric_family.h"

namespace zeus::bso::metrics {

using Labels = std::vector<std::pair<absl::string_view, absl::string_view>>;

// One family. Its metrics differ in their labels.
class Family {
 public:
  Family(absl::string_view name, absl::string_view help, prometheus::MetricType type);

  void Add(const Labels& labels, double value);
  void Add(const Labels& labels, int64_t value) { Add(labels, static_cast<double>(value)); }

  // A histogram. `counts` has one more element than `bounds`: values beyond all bounds.
  void Add(const Labels& labels, std::span<const double> bounds, std::span<const int64_t> counts, double sum);

  prometheus::MetricFamily Take() { return std::move(family_); }

 private:
  prometheus::ClientMetric& Append(const Labels& labels);

  prometheus::MetricFamily family_;
};

// All families of a page, in order.
class Families {
 public:
  // Adds a family. The result lives until the next call.
  Family& Counter(absl::string_view name, absl::string_view help);
  Family& Gauge(absl::string_view name, absl::string_view help);
  Family& Histogram(absl::string_view name, absl::string_view help);

  // In the text format.
  std::string Print();

 private:
  std::vector<Family> families_;
};

}  // namespace zeus::bso::metrics

#endif  // ZEUS_BSO_SERVER_METRICS_PAGE_FAMILIES_H_

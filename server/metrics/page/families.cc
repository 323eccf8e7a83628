#include "server/metrics/page/families.h"

#include <cstddef>
#include <limits>

#include "prometheus/text_serializer.h"

namespace zeus::bso::metrics {

Family::Family(absl::string_view name, absl::string_view help, prometheus::MetricType type) {
  family_.name = std::string(name);
  family_.help = std::string(help);
  family_.type = type;
}

prometheus::ClientMetric& Family::Append(const Labels& labels) {
  prometheus::ClientMetric& metric = family_.metric.emplace_back();
  for (const auto& [name, value] : labels) metric.label.push_back({std::string(name), std::string(value)});
  return metric;
}

void Family::Add(const Labels& labels, double value) {
  prometheus::ClientMetric& metric = Append(labels);
  metric.counter.value = value;
  metric.gauge.value = value;
}

void Family::Add(const Labels& labels, std::span<const double> bounds, std::span<const int64_t> counts, double sum) {
  prometheus::ClientMetric::Histogram& histogram = Append(labels).histogram;
  uint64_t cumulative = 0;
  for (size_t i = 0; i < counts.size(); ++i) {
    cumulative += static_cast<uint64_t>(counts[i]);
    histogram.bucket.push_back({cumulative, i < bounds.size() ? bounds[i] : std::numeric_limits<double>::infinity()});
  }
  histogram.sample_count = cumulative;
  histogram.sample_sum = sum;
}

Family& Families::Counter(absl::string_view name, absl::string_view help) {
  return families_.emplace_back(name, help, prometheus::MetricType::Counter);
}

Family& Families::Gauge(absl::string_view name, absl::string_view help) {
  return families_.emplace_back(name, help, prometheus::MetricType::Gauge);
}

Family& Families::Histogram(absl::string_view name, absl::string_view help) {
  return families_.emplace_back(name, help, prometheus::MetricType::Histogram);
}

std::string Families::Print() {
  std::vector<prometheus::MetricFamily> taken;
  for (Family& family : families_) taken.push_back(family.Take());
  families_.clear();
  return prometheus::TextSerializer().Serialize(taken);
}

}  // namespace zeus::bso::metrics

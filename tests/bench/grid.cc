#include "tests/bench/grid.h"

#include <iostream>
#include <optional>

#include "absl/strings/str_format.h"
#include "tests/bench/work.h"

namespace zeus::bso::bench {
namespace {

class Grid {
 public:
  Grid(const Scale& scale, PreparedStores& stores, const std::function<bool(const std::string&)>& wanted)
      : scale_(scale), stores_(stores), empty_server_(BenchServer::Empty()) {
    for (const int64_t jobs : scale.jobs) {
      for (const Transport transport : kTransports) {
        for (const int in_flight : scale.in_flight) AddCell(jobs, transport, in_flight, wanted);
      }
    }
  }

  std::vector<Row> Measure() {
    for (int repetition = 1; repetition <= scale_.repetitions; ++repetition) {
      std::cerr << "rows: repetition " << repetition << " of " << scale_.repetitions << std::endl;
      for (Cell& cell : cells_) MeasureOnce(cell);
    }
    std::vector<Row> rows;
    for (Cell& cell : cells_) {
      rows.push_back(std::move(cell.empty));
      for (auto& [operation, row] : cell.rows) rows.push_back(std::move(row));
    }
    return rows;
  }

 private:
  struct Cell {
    Row empty;
    std::vector<std::pair<Operation, Row>> rows;
  };

  void AddCell(int64_t jobs, Transport transport, int in_flight,
               const std::function<bool(const std::string&)>& wanted) {
    Cell cell;
    cell.empty = {.operation = "empty call", .jobs = jobs, .in_flight = in_flight, .transport = transport};
    for (const Operation operation : kOperations) {
      Row row{.operation = Name(operation), .jobs = jobs, .in_flight = in_flight, .transport = transport};
      if (wanted(row.Id())) cell.rows.emplace_back(operation, std::move(row));
    }
    if (!cell.rows.empty()) cells_.push_back(std::move(cell));
  }

  void MeasureOnce(Cell& cell) {
    const Transport transport = cell.empty.transport;
    const LoadOptions options{.in_flight = cell.empty.in_flight, .warm_up = scale_.warm_up, .window = scale_.window};
    const Measurement empty = MeasurePlaced(options, transport, *empty_server_, EmptyCall());
    cell.empty.measurements.push_back(empty);
    for (auto& [operation, row] : cell.rows) {
      const Measurement measured = SubjectOf(row.jobs).Measure(operation, transport, options);
      row.measurements.push_back(measured);
      row.rate_of_empty.Add(measured.per_second() / empty.per_second());
      row.cpu_of_empty.Add(measured.server_cpu_micros / empty.server_cpu_micros);
    }
  }

  Subject& SubjectOf(int64_t jobs) {
    auto& subject = subjects_[jobs];
    if (subject == nullptr) subject = std::make_unique<Subject>(stores_, jobs);
    return *subject;
  }

  const Scale& scale_;
  PreparedStores& stores_;
  const std::unique_ptr<BenchServer> empty_server_;
  std::map<int64_t, std::unique_ptr<Subject>> subjects_;
  std::vector<Cell> cells_;
};

}  // namespace

std::string Row::Id() const {
  return absl::StrFormat("%s jobs=%d in_flight=%d %s", operation, jobs, in_flight, Name(transport));
}

Series Row::Of(const std::function<double(const Measurement&)>& quantity) const {
  Series series;
  for (const Measurement& measured : measurements) series.Add(quantity(measured));
  return series;
}

int64_t Row::failures() const {
  int64_t failures = 0;
  for (const Measurement& measured : measurements) failures += measured.failures;
  return failures;
}

std::vector<Row> MeasureGrid(const Scale& scale, PreparedStores& stores,
                             const std::function<bool(const std::string& id)>& wanted) {
  return Grid(scale, stores, wanted).Measure();
}

}  // namespace zeus::bso::bench

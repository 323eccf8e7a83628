#include "tests/bench/grid.h"

#include <iostream>
#include <optional>
#include <utility>

namespace zeus::bso::bench {
namespace {

// Slots of an open loop: more than are busy unless the server falls far behind.
constexpr int kOpenLoopSlots = 256;

// An open loop at a higher rate would soon be nothing but a queue, as the rate of the closed one varies.
constexpr double kOpenLoopShare = 0.5;

// Calls that wait for the disk once: what the engine's commits are the limit of.
bool IsOneCommit(Operation operation) {
  return operation == Operation::kStartTrial || operation == Operation::kFinalInPruning ||
         operation == Operation::kFinalInMab || operation == Operation::kCurvesStartTrial ||
         operation == Operation::kCurvesFinal;
}

// The rows of one load on one store, and their limits.
struct Cell {
  int64_t jobs = 0;
  Transport transport = Transport::kTcp;
  int in_flight = 0;
  std::optional<Row> empty = std::nullopt;
  std::optional<Row> engine = std::nullopt;
  std::vector<std::pair<Operation, Row>> rows = {};
};

class Grid {
 public:
  Grid(const Scale& scale, Rig& rig, const std::function<bool(const std::string&)>& wanted) : scale_(scale), rig_(rig) {
    for (const int64_t jobs : scale.jobs) {
      for (const Transport transport : kTransports) {
        for (const int in_flight : scale.in_flight) AddCell({jobs, transport, in_flight}, wanted);
        AddOpenCell({jobs, transport, 0}, wanted);
      }
    }
  }

  std::vector<Row> Measure() {
    if (cells_.empty() && open_cells_.empty()) return {};
    for (int repetition = 1; repetition <= scale_.repetitions; ++repetition) {
      std::cerr << "rows: repetition " << repetition << " of " << scale_.repetitions << std::endl;
      for (Cell& cell : cells_) MeasureClosed(cell);
    }
    for (int repetition = 1; repetition <= scale_.repetitions; ++repetition) {
      std::cerr << "rows, open loop: repetition " << repetition << " of " << scale_.repetitions << std::endl;
      for (Cell& cell : open_cells_) MeasureOpen(cell);
    }
    std::vector<Row> rows;
    for (auto* const cells : {&cells_, &open_cells_}) {
      for (Cell& cell : *cells) {
        if (cell.empty.has_value()) rows.push_back(*std::move(cell.empty));
        if (cell.engine.has_value()) rows.push_back(*std::move(cell.engine));
        for (auto& [operation, row] : cell.rows) rows.push_back(std::move(row));
      }
    }
    return rows;
  }

 private:
  static void AddRows(Cell& cell, const std::function<bool(const std::string&)>& wanted) {
    const auto add = [&](Operation operation) {
      Row row{Name(operation), cell.jobs, cell.in_flight, Name(cell.transport)};
      if (wanted(row.Id())) cell.rows.emplace_back(operation, std::move(row));
    };
    for (const Operation operation : kZeusOperations) add(operation);
    if (cell.jobs > kMaxCurvesJobs) return;
    for (const Operation operation : kCurvesOperations) add(operation);
  }

  void AddCell(Cell cell, const std::function<bool(const std::string&)>& wanted) {
    AddRows(cell, wanted);
    if (cell.rows.empty()) return;
    cell.empty = Row{"empty call", cell.jobs, cell.in_flight, Name(cell.transport)};
    for (const auto& [operation, row] : cell.rows) {
      if (IsOneCommit(operation)) cell.engine = Row{"engine commit", cell.jobs, cell.in_flight, "none"};
    }
    cells_.push_back(std::move(cell));
  }

  void AddOpenCell(Cell cell, const std::function<bool(const std::string&)>& wanted) {
    AddRows(cell, wanted);
    if (!cell.rows.empty()) open_cells_.push_back(std::move(cell));
  }

  void MeasureClosed(Cell& cell) {
    const LoadOptions options{.in_flight = cell.in_flight, .warm_up = scale_.warm_up, .window = scale_.window};
    const Measurement empty = rig_.quietest()([&] { return rig_.MeasureEmptyCall(cell.transport, options); });
    cell.empty->measurements.push_back(empty);
    double engine_rate = 0;
    if (cell.engine.has_value()) {
      cell.engine->measurements.push_back(
          rig_.quietest()([&] { return rig_.EngineCommitsOf(cell.jobs).Measure(options); }));
      engine_rate = cell.engine->measurements.back().per_second();
    }
    for (auto& [operation, row] : cell.rows) {
      const Measurement measured = rig_.quietest()(
          [&, operation = operation] { return rig_.SubjectOf(cell.jobs).Measure(operation, cell.transport, options); });
      row.measurements.push_back(measured);
      row.rate_of_empty.Add(measured.per_second() / empty.per_second());
      row.cpu_of_empty.Add(measured.server_cpu_micros / empty.server_cpu_micros);
      if (IsOneCommit(operation)) row.rate_of_engine.Add(measured.per_second() / engine_rate);
    }
  }

  void MeasureOpen(Cell& cell) {
    Subject& subject = rig_.SubjectOf(cell.jobs);
    for (auto& [operation, row] : cell.rows) {
      LoadOptions options{.in_flight = kOpenLoopSlots, .warm_up = scale_.warm_up, .window = scale_.window};
      double& rate = open_rates_[row.Id()];
      if (rate == 0) rate = kOpenLoopShare * ClosedRate(operation, cell);
      options.per_second = rate;
      row.measurements.push_back(
          rig_.quietest()([&, operation = operation] { return subject.Measure(operation, cell.transport, options); }));
    }
  }

  // What the closed loop reached with the most in flight; measured now, if that was not among the rows.
  double ClosedRate(Operation operation, const Cell& open) {
    double reached = 0;
    for (const Cell& cell : cells_) {
      if (cell.jobs != open.jobs || cell.transport != open.transport) continue;
      for (const auto& [measured, row] : cell.rows) {
        if (measured == operation) reached = std::max(reached, row.Of(&Measurement::per_second).median());
      }
    }
    if (reached > 0) return reached;
    return rig_.SubjectOf(open.jobs)
        .Measure(operation, open.transport, {.in_flight = 64, .warm_up = scale_.warm_up, .window = scale_.window})
        .per_second();
  }

  const Scale& scale_;
  Rig& rig_;
  std::vector<Cell> cells_;
  std::vector<Cell> open_cells_;
  std::map<std::string, double> open_rates_;  // By row.
};

}  // namespace

std::vector<Row> MeasureGrid(const Scale& scale, Rig& rig, const std::function<bool(const std::string& id)>& wanted) {
  return Grid(scale, rig, wanted).Measure();
}

}  // namespace zeus::bso::bench

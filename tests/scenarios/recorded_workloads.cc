#include "tests/scenarios/recorded_workloads.h"

#include <algorithm>
#include <fstream>
#include <map>
#include <string>

#include "nlohmann/json.hpp"

namespace zeus::bso::scenarios {
namespace {

using nlohmann::json;

struct Training {
  int64_t default_batch_size;
  int64_t max_epochs;
  std::map<int64_t, std::vector<double>> epochs;  // by batch size
};

Training TrainingFrom(const json& recorded) {
  Training training{.default_batch_size = recorded["default"], .max_epochs = recorded["max_epochs"], .epochs = {}};
  for (const json& row : recorded["epochs_to_target"]) {
    for (const json& epochs : row[1]) {
      training.epochs[row[0]].push_back(epochs.is_null() ? kNever : epochs.get<double>());
    }
  }
  return training;
}

Workload WorkloadFrom(const json& recorded, const Training& training) {
  Workload workload;
  workload.gpu_model = recorded["gpu"];
  workload.name = workload.gpu_model + " " + recorded["training"].get<std::string>();
  workload.max_epochs = training.max_epochs;
  workload.max_watts = recorded["max_watts"];
  workload.recurrences = recorded["recurrences"];
  Phase phase;
  for (const json& row : recorded["epochs"]) {
    workload.batch_sizes.push_back(row[0]);
    phase.push_back({.epoch_seconds = row[1], .watts = row[2], .epochs = training.epochs.at(row[0])});
  }
  workload.phases = {phase};
  // Some GPUs have too little memory for the default. Their largest size stands in for it.
  const std::vector<int64_t>& sizes = workload.batch_sizes;
  const int64_t default_batch_size = std::min(training.default_batch_size, sizes.back());
  workload.default_size =
      static_cast<size_t>(std::find(sizes.begin(), sizes.end(), default_batch_size) - sizes.begin());
  return workload;
}

}  // namespace

std::vector<Workload> RecordedWorkloads() {
  std::ifstream file(ZEUS_BSO_TEST_DATA_DIR "/recorded_workloads.json");
  const json recorded = json::parse(file);
  std::map<std::string, Training> trainings;
  for (const json& training : recorded["trainings"]) trainings[training["name"]] = TrainingFrom(training);
  std::vector<Workload> workloads;
  for (const json& job : recorded["jobs"]) workloads.push_back(WorkloadFrom(job, trainings.at(job["training"])));
  return workloads;
}

}  // namespace zeus::bso::scenarios

// A recurring training that learns its batch size: usage: train TARGET JOB_ID. The training is made up.
#include <chrono>
#include <cmath>
#include <cstdint>
#include <iostream>
#include <string>
#include <thread>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "zeus/bso/client.h"
#include "zeus/bso/run_trial.h"

// What the machine draws while it trains; where it has a meter, read that.
constexpr double kWatts = 300;

zeus::bso::v1::JobSpec MakeSpec(const std::string& job_id) {
  zeus::bso::v1::JobSpec spec;
  spec.set_job_id(job_id);
  for (const int64_t size : {16, 32, 64, 128, 256}) spec.add_batch_sizes(size);
  spec.set_default_batch_size(128);
  spec.set_target_metric(0.95);
  spec.set_max_epochs(50);
  spec.set_max_power(kWatts);
  spec.set_number_of_gpus(1);
  spec.set_gpu_model("V100");
  return spec;
}

// The accuracy after so many epochs. With greater batches an epoch is shorter, and learns less.
double TrainOneEpoch(int64_t batch_size, int64_t epoch) {
  std::this_thread::sleep_for(std::chrono::microseconds(100000 / batch_size));
  return 1 - std::exp(-8.0 * static_cast<double>(epoch) / std::sqrt(static_cast<double>(batch_size)));
}

absl::Status Train(zeus::bso::TrialRun& trial) {
  const auto start = std::chrono::steady_clock::now();
  for (int64_t epoch = 1; trial.running(); ++epoch) {
    const double accuracy = TrainOneEpoch(trial.batch_size(), epoch);
    const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    const auto verdict =
        trial.Report({.metric = accuracy, .epoch = epoch, .time_seconds = seconds, .energy_joules = kWatts * seconds});
    if (!verdict.ok()) return verdict.status();
    if (verdict->stop_train()) std::cout << verdict->message() << "\n";
  }
  return absl::OkStatus();
}

absl::Status RunJob(const std::string& target, const std::string& job_id) {
  absl::StatusOr<zeus::bso::Client> client = zeus::bso::Client::Create({.target = target});
  if (!client.ok()) return client.status();
  const auto registered = client->RegisterJob(MakeSpec(job_id));  // The same answer however often it is called.
  if (!registered.ok()) return registered.status();
  return zeus::bso::RunTrial(*client, job_id, Train);
}

int main(int argc, char** argv) {
  if (argc != 3) {
    std::cerr << "usage: train TARGET JOB_ID\n";
    return 2;
  }
  const absl::Status status = RunJob(argv[1], argv[2]);
  if (!status.ok()) std::cerr << status << "\n";
  return status.ok() ? 0 : 1;
}

#include "server/http/zeus/posted_job.h"

#include <algorithm>
#include <limits>
#include <optional>
#include <utility>

#include "absl/numeric/int128.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "server/http/exchange/utf8.h"
#include "server/http/zeus/field_reader.h"
#include "server/http/zeus/json_text.h"
#include "server/http/zeus/python_numbers.h"

namespace zeus::bso::http {
namespace {

constexpr ProblemKind kTooLarge = BrokenRule("must be within 64 bits");
constexpr ProblemKind kNoUtf8 = BrokenRule("must have no lone surrogates");

int64_t Nearest(absl::int128 value) {
  return static_cast<int64_t>(
      std::clamp<absl::int128>(value, std::numeric_limits<int64_t>::min(), std::numeric_limits<int64_t>::max()));
}

template <typename T>
bool Fits(absl::int128 value) {
  return value >= std::numeric_limits<T>::min() && value <= std::numeric_limits<T>::max();
}

// Reads the fields in the order in which the reference lists their problems. Reports the problems that only we see if
// the reference would see none.
class JobReader {
 public:
  JobReader(const JsonFields& fields, PostedJob& job, std::vector<Problem>& problems)
      : reader_(fields, problems), job_(job), spec_(job.spec), problems_(problems) {}

  void Read() {
    ReadHardware();
    ReadNames();
    ReadBatchSizes();
    ReadTarget();
    ReadBandit();
    // The reference compares fields only if each of them is right, and stops at the first problem.
    if (problems_.empty()) CheckTogether();
    if (problems_.empty()) problems_ = std::move(own_problems_);
  }

 private:
  void ReadHardware() {
    spec_.set_max_power(Float("max_power", Presence::kRequired, kPositive, 0));
    spec_.set_number_of_gpus(Integer("number_of_gpus", Presence::kRequired, kPositive, 0));
    const std::optional<std::string> gpu_model = Text("gpu_model", Presence::kRequired);
    if (gpu_model == "") reader_.Add("gpu_model", BrokenRule("must not be empty"));
    spec_.set_gpu_model(gpu_model.value_or(""));
  }

  void ReadNames() {
    job_id_ = Text("job_id", Presence::kNullable);
    if (job_id_ == "") AddOwn("job_id", BrokenRule("must not be empty: send null to have one made"));
    spec_.set_job_id(job_id_.value_or(""));
    spec_.set_job_id_prefix(Text("job_id_prefix", Presence::kRequired).value_or(""));
  }

  void ReadBatchSizes() {
    std::vector<absl::int128> sizes;
    if (reader_.Read("batch_sizes", sizes)) {
      if (sizes.empty()) reader_.Add("batch_sizes", BrokenRule("must not be empty"));
      if (!std::all_of(sizes.begin(), sizes.end(), Fits<int64_t>)) AddOwn("batch_sizes", kTooLarge);
    }
    for (const absl::int128 size : sizes) spec_.add_batch_sizes(Nearest(size));
    spec_.set_default_batch_size(Integer("default_batch_size", Presence::kRequired, kPositive, 0));
  }

  void ReadTarget() {
    spec_.set_eta_knob(Float("eta_knob", Presence::kOptional, kUnbounded, 0.5));
    if (spec_.eta_knob() < 0 || spec_.eta_knob() > 1) reader_.Add("eta_knob", BrokenRule("must be in [0, 1]"));

    std::optional<double> beta_knob = 2;
    const bool has_beta_knob = reader_.Read("beta_knob", Presence::kNullable, kUnbounded, beta_knob);
    if (has_beta_knob && beta_knob.has_value() && !(*beta_knob > 0)) {
      reader_.Add("beta_knob", BrokenRule("must be greater than 0, or null for no early stop"));
    }
    if (beta_knob.has_value()) {
      spec_.set_beta_knob(*beta_knob);
    } else {
      spec_.set_disable_early_stop(true);
    }

    spec_.set_target_metric(Float("target_metric", Presence::kOptional, kUnbounded, 0.5));
    std::optional<bool> higher_is_better = true;
    reader_.Read("higher_is_better_metric", Presence::kOptional, higher_is_better);
    spec_.set_higher_is_better_metric(higher_is_better.value_or(true));
    spec_.set_max_epochs(Integer("max_epochs", Presence::kOptional, kPositive, 100));
  }

  void ReadBandit() {
    spec_.set_num_pruning_rounds(Integer("num_pruning_rounds", Presence::kOptional, kNotNegative, 2));
    job_.window_size = Integer("window_size", Presence::kOptional, kUnbounded, 0);
    spec_.set_window_size(std::max<int64_t>(job_.window_size, 0));
    spec_.set_mab_prior_mean(Float("mab_prior_mean", Presence::kOptional, kUnbounded, 0));
    spec_.set_mab_prior_precision(Float("mab_prior_precision", Presence::kOptional, kUnbounded, 0));
    spec_.set_mab_num_explorations(Integer("mab_num_explorations", Presence::kOptional, kNotNegative, 2));
    std::optional<absl::int128> seed;
    if (!reader_.Read("mab_seed", Presence::kNullable, kUnbounded, seed) || !seed.has_value()) return;
    job_.has_impossible_seed = !Fits<uint64_t>(*seed);
    spec_.set_mab_seed(static_cast<uint64_t>(*seed));
  }

  void CheckTogether() {
    const auto& sizes = spec_.batch_sizes();
    if (std::find(sizes.begin(), sizes.end(), spec_.default_batch_size()) == sizes.end()) {
      reader_.Add("__root__", BrokenRule("default_batch_size must be one of batch_sizes"));
    } else if (job_id_.has_value() && !absl::StartsWith(*job_id_, spec_.job_id_prefix())) {
      reader_.Add("__root__", BrokenRule("job_id must begin with job_id_prefix"));
    }
  }

  // After adding a problem, these return a value that nobody uses.

  double Float(absl::string_view name, Presence presence, const Bound& bound, double otherwise) {
    std::optional<double> value = otherwise;
    reader_.Read(name, presence, bound, value);
    return value.value_or(otherwise);
  }

  int64_t Integer(absl::string_view name, Presence presence, const Bound& bound, int64_t otherwise) {
    std::optional<absl::int128> value = otherwise;
    if (!reader_.Read(name, presence, bound, value)) return otherwise;
    if (!Fits<int64_t>(*value)) AddOwn(name, kTooLarge);
    return Nearest(*value);
  }

  std::optional<std::string> Text(absl::string_view name, Presence presence) {
    std::optional<std::string> value;
    if (!reader_.Read(name, presence, value) || !value.has_value()) return std::nullopt;
    if (!IsUtf8(*value, Surrogates::kRefused)) AddOwn(name, kNoUtf8);
    return value;
  }

  void AddOwn(absl::string_view name, const ProblemKind& kind) {
    own_problems_.push_back(MakeProblem({"body", std::string(name)}, kind));
  }

  FieldReader reader_;
  PostedJob& job_;
  v1::JobSpec& spec_;
  std::vector<Problem>& problems_;
  std::vector<Problem> own_problems_;
  std::optional<std::string> job_id_;
};

}  // namespace

void ReadJob(const JsonFields& fields, PostedJob& job, std::vector<Problem>& problems) {
  JobReader(fields, job, problems).Read();
}

std::string PrintJob(const v1::JobSpec& spec, int64_t window_size) {
  const auto boolean = [](bool value) { return value ? "true" : "false"; };
  const std::string beta_knob = spec.has_beta_knob() ? PrintPythonFloat(spec.beta_knob()) : "null";
  const std::string seed = spec.has_mab_seed() ? absl::StrCat(spec.mab_seed()) : "null";
  return absl::StrCat("{\"max_power\":", PrintPythonFloat(spec.max_power()),
                      ",\"number_of_gpus\":", spec.number_of_gpus(), ",\"gpu_model\":", JsonText(spec.gpu_model()),
                      ",\"job_id\":", JsonText(spec.job_id()), ",\"job_id_prefix\":", JsonText(spec.job_id_prefix()),
                      ",\"batch_sizes\":[", absl::StrJoin(spec.batch_sizes(), ","),
                      "],\"default_batch_size\":", spec.default_batch_size(),
                      ",\"eta_knob\":", PrintPythonFloat(spec.eta_knob()), ",\"beta_knob\":", beta_knob,
                      ",\"target_metric\":", PrintPythonFloat(spec.target_metric()),
                      ",\"higher_is_better_metric\":", boolean(spec.higher_is_better_metric()),
                      ",\"max_epochs\":", spec.max_epochs(), ",\"num_pruning_rounds\":", spec.num_pruning_rounds(),
                      ",\"window_size\":", window_size, ",\"mab_prior_mean\":", PrintPythonFloat(spec.mab_prior_mean()),
                      ",\"mab_prior_precision\":", PrintPythonFloat(spec.mab_prior_precision()),
                      ",\"mab_num_explorations\":", spec.mab_num_explorations(), ",\"mab_seed\":", seed, "}");
}

}  // namespace zeus::bso::http

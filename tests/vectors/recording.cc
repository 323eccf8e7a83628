#include "tests/vectors/recording.h"

#include <zlib.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <set>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "model/status_macros.h"
#include "nlohmann/json.hpp"
#include "tests/vectors/fields.h"

namespace zeus::bso::curves::vectors {
namespace {

using nlohmann::json;

constexpr size_t kMaxSizes = 1024;

std::optional<Outcome> ParseOutcome(absl::string_view name) {
  if (name == "converged") return Outcome::kConverged;
  if (name == "stopped") return Outcome::kStopped;
  if (name == "gave_up") return Outcome::kGaveUp;
  if (name == "failed") return Outcome::kFailed;
  if (name == "infeasible") return Outcome::kInfeasible;
  if (name == "lost") return Outcome::kLost;
  return std::nullopt;
}

std::optional<size_t> FindSize(const Setup& setup, int64_t batch_size) {
  const auto found = std::find(setup.batch_sizes.begin(), setup.batch_sizes.end(), batch_size);
  if (found == setup.batch_sizes.end()) return std::nullopt;
  return static_cast<size_t>(found - setup.batch_sizes.begin());
}

// Parses the steps of one sequence.
class StepParser {
 public:
  // `earlier` is the number of sequences before this one.
  StepParser(const Setup& setup, size_t earlier) : setup_(setup), earlier_(earlier) {}

  absl::StatusOr<Step> Parse(const json& step) {
    Fields fields(step);
    const std::string name = fields.String("the name of the step");
    Step parsed = MachineChangedStep{};
    if (name == "learn_from") {
      parsed = ParseLearnFrom(fields);
    } else if (name == "profile") {
      parsed = ParseProfile(fields);
    } else if (name == "pick") {
      parsed = ParsePick(fields);
    } else if (name == "report") {
      parsed = ParseReport(fields);
    } else if (name == "finish") {
      parsed = ParseFinish(fields);
    } else if (name == "explain") {
      parsed = ParseExplain(fields);
    } else if (name != "machine_changed") {
      fields.Fail(absl::StrCat("no step is named \"", name, "\""));
    }
    ZB_RETURN_IF_ERROR(fields.Finish());
    return parsed;
  }

 private:
  LearnFromStep ParseLearnFrom(Fields& fields) {
    const int64_t sequence = fields.Integer("sequence");
    if (sequence < 0 || sequence >= static_cast<int64_t>(earlier_)) fields.Fail("the sequence is not an earlier one");
    const bool same_machine = fields.Bool("same_machine");
    return {.sequence = static_cast<size_t>(sequence),
            .transfer = {.same_machine = same_machine, .costs = fields.Bool("costs")}};
  }

  ProfileStep ParseProfile(Fields& fields) {
    const std::optional<size_t> size = FindSize(setup_, fields.Integer("batch size"));
    if (!size) fields.Fail("the batch size is not one of the sequence");
    const double epoch_cost = fields.Number("epoch cost");
    return {.size = size.value_or(0), .epoch_cost = epoch_cost, .sd = fields.Number("sd")};
  }

  PickStep ParsePick(Fields& fields) {
    PickStep step{};
    step.run = fields.Integer("run");
    if (!in_flight_.insert(step.run).second) fields.Fail(absl::StrCat("run ", step.run, " is in flight already"));
    step.batch_size = fields.Integer("batch size");
    step.ticket.kind = static_cast<Kind>(fields.Integer("kind"));
    step.ticket.reference_cost = fields.Number("ref");
    step.ticket.log_epochs = fields.Number("log_epochs");
    step.ticket.mean = fields.Number("mean");
    step.ticket.sd = fields.Number("sd");
    step.ticket.log_cost = fields.Number("log_cost");
    const double known_cost = fields.Number("known_cost");
    if (!std::isnan(known_cost)) step.ticket.known_cost = known_cost;
    step.ticket.jump = fields.Number("jump");
    step.ticket.escalation = static_cast<int>(fields.Integer("escalation"));
    step.epoch_cost = fields.Number("epoch cost");
    step.limit = fields.Integer("limit");
    return step;
  }

  Progress ParseProgress(Fields& fields) {
    Progress progress;
    progress.epochs = fields.Integer("epochs");
    progress.cost = fields.Number("cost");
    progress.first_cost = fields.Number("first cost");
    return progress;
  }

  ReportStep ParseReport(Fields& fields) {
    const int64_t run = fields.Integer("run");
    if (!in_flight_.contains(run)) fields.Fail(absl::StrCat("run ", run, " is not in flight"));
    const Progress progress = ParseProgress(fields);
    return {.run = run, .progress = progress, .stop = fields.Bool("stop")};
  }

  FinishStep ParseFinish(Fields& fields) {
    const int64_t run = fields.Integer("run");
    if (in_flight_.erase(run) == 0) fields.Fail(absl::StrCat("run ", run, " is not in flight"));
    const Progress progress = ParseProgress(fields);
    const std::optional<Outcome> outcome = ParseOutcome(fields.String("outcome"));
    if (!outcome) fields.Fail("the outcome is unknown");
    return {.run = run, .progress = progress, .outcome = outcome.value_or(Outcome::kLost)};
  }

  ExplainStep ParseExplain(Fields& fields) {
    ExplainStep step;
    for (const json& row : fields.Next("rows")) {
      Fields values(row);
      ExplainStep::Row& parsed = step.rows.emplace_back();
      parsed.batch_size = values.Integer("batch size");
      parsed.cost = values.Number("cost");
      parsed.sd = values.Number("sd");
      parsed.epochs = values.Number("epochs");
      parsed.epoch_cost = values.Number("epoch cost");
      parsed.p_best = values.Number("p_best");
      parsed.why = values.String("why");
      if (const absl::Status status = values.Finish(); !status.ok()) fields.Fail(status.message());
    }
    if (step.rows.size() != setup_.batch_sizes.size()) fields.Fail("needs a row for each batch size");
    return step;
  }

  const Setup& setup_;
  size_t earlier_;
  std::set<int64_t> in_flight_;
};

// A member of an object; null if there is none.
const json& Member(const json& object, const char* name) {
  static const json* const null = new json;
  const auto found = object.find(name);
  return found == object.end() ? *null : *found;
}

absl::Status ParseSpec(const json& spec, Sequence& sequence) {
  // The members in a fixed order, so that Fields checks their types.
  const json members = json::array({Member(spec, "default"), Member(spec, "max_epochs"), Member(spec, "beta"),
                                    Member(spec, "seed"), Member(spec, "sizes")});
  Fields fields(members);
  const int64_t default_size = fields.Integer("spec.default");
  sequence.setup.max_epochs = fields.Integer("spec.max_epochs");
  sequence.setup.beta = fields.Number("spec.beta");
  sequence.seed = static_cast<uint64_t>(fields.Integer("spec.seed"));
  const json& sizes = fields.Next("spec.sizes");
  Fields batch_sizes(sizes);
  std::vector<int64_t>& list = sequence.setup.batch_sizes;
  for (size_t i = 0; i < sizes.size(); ++i) list.push_back(batch_sizes.Integer("a batch size of spec.sizes"));
  ZB_RETURN_IF_ERROR(fields.Finish());
  ZB_RETURN_IF_ERROR(batch_sizes.Finish());

  const auto is_out_of_order = [](int64_t a, int64_t b) { return a >= b; };
  if (list.empty() || list.size() > kMaxSizes || list.front() < 1 ||
      std::adjacent_find(list.begin(), list.end(), is_out_of_order) != list.end()) {
    return absl::InvalidArgumentError("spec.sizes must be 1 to 1024 ascending positive integers");
  }
  const std::optional<size_t> found = FindSize(sequence.setup, default_size);
  if (!found) return absl::InvalidArgumentError("spec.default is not one of spec.sizes");
  sequence.setup.default_size = *found;
  if (sequence.setup.max_epochs < 1) return absl::InvalidArgumentError("spec.max_epochs must be at least 1");
  if (!(sequence.setup.beta > 0)) return absl::InvalidArgumentError("spec.beta must be above 0");
  return absl::OkStatus();
}

// `place` names the sequence in errors.
absl::StatusOr<Sequence> ParseSequence(const json& recorded, size_t earlier, std::string place) {
  const auto error_at = [&place](const absl::Status& status) {
    return absl::InvalidArgumentError(absl::StrCat(place, ": ", status.message()));
  };
  if (!recorded.is_object()) return error_at(absl::InvalidArgumentError("not an object"));
  Sequence sequence;
  const json& name = Member(recorded, "name");
  sequence.name = name.is_string() ? name.get<std::string>() : "";
  absl::StrAppend(&place, " (", sequence.name, ")");
  if (const absl::Status status = ParseSpec(Member(recorded, "spec"), sequence); !status.ok()) return error_at(status);

  const json& steps = Member(recorded, "steps");
  if (!steps.is_array()) return error_at(absl::InvalidArgumentError("has no list \"steps\""));
  StepParser parser(sequence.setup, earlier);
  for (const json& step : steps) {
    absl::StatusOr<Step> parsed = parser.Parse(step);
    if (!parsed.ok()) {
      absl::StrAppend(&place, ", step ", sequence.steps.size() + 1);
      return error_at(parsed.status());
    }
    sequence.steps.push_back(*std::move(parsed));
  }
  return sequence;
}

absl::StatusOr<std::string> ReadFile(const std::string& path) {
  // Reads uncompressed files as well.
  const std::unique_ptr<gzFile_s, int (*)(gzFile)> file(gzopen(path.c_str(), "rb"), gzclose);
  if (!file) return absl::NotFoundError("cannot be opened");
  std::string content;
  std::string buffer(1 << 20, '\0');
  int count = 0;
  while ((count = gzread(file.get(), buffer.data(), static_cast<unsigned>(buffer.size()))) > 0) {
    content.append(buffer, 0, static_cast<size_t>(count));
  }
  int error = Z_OK;
  const char* message = gzerror(file.get(), &error);
  if (count < 0 || error != Z_OK) return absl::InvalidArgumentError(absl::StrCat("cannot be read: ", message));
  return content;
}

}  // namespace

absl::StatusOr<std::vector<Sequence>> ParseRecording(absl::string_view content) {
  const json recording = json::parse(content.begin(), content.end(), nullptr, /*allow_exceptions=*/false);
  if (recording.is_discarded()) return absl::InvalidArgumentError("not JSON");
  if (!recording.is_object() || !Member(recording, "sequences").is_array()) {
    return absl::InvalidArgumentError("has no list \"sequences\"");
  }
  std::vector<Sequence> sequences;
  for (const json& recorded : Member(recording, "sequences")) {
    const std::string place = absl::StrCat("sequence ", sequences.size() + 1);
    ZB_ASSIGN_OR_RETURN(Sequence sequence, ParseSequence(recorded, sequences.size(), place));
    sequences.push_back(std::move(sequence));
  }
  return sequences;
}

absl::StatusOr<std::vector<Sequence>> ReadRecording(const std::string& path) {
  absl::StatusOr<std::vector<Sequence>> recording = std::vector<Sequence>();
  absl::StatusOr<std::string> content = ReadFile(path);
  recording = content.ok() ? ParseRecording(*content) : content.status();
  if (recording.ok()) return recording;
  return absl::InvalidArgumentError(absl::StrCat(path, ": ", recording.status().message()));
}

}  // namespace zeus::bso::curves::vectors
